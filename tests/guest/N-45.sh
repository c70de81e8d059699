#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: SO_REUSEPORT and, of UDP, SO_REUSEADDR on another tenant's port, in a network that both use
# timeout: 200
. /tests/guest/lib.sh

OPEN=$CGROUPS/open BESIDE=$CGROUPS/beside
must mkdir -p "$OPEN" "$BESIDE"
ip link set lo up

# server NAME CGROUP PORT HOW: what it accepts is in $work/NAME.
declare -A server
server() {
	: >"$work/$1"
	within_cgroup "$2" host-try listen "$3" "$4" on >"$work/$1" 2>&1 &
	server[$1]=$!
	within "$1 listens" 30 grep -q listens "$work/$1"
}
# call PORT TIMES: connections, one after the other.
call() {
	local i
	for ((i = 0; i < $2; i++)); do
		python3 -c "import socket; s = socket.create_connection(('127.0.0.1', $1)); s.recv(1)"
	done
}
took() { grep -c accepted "$work/$1"; }
thief() { within_cgroup "$1" host-try listen "$2" "$3"; }

server owner "$BESIDE" 7401 before
server thief "$OPEN" 7401 before
# Which of the two gets one is the kernel's choice by ports that differ each time.
for _ in {1..20}; do
	call 7401 10
	[ "$(took thief)" = 0 ] || break
done
check 'control, no wall: another of the same uid takes a share' test "$(took thief)" -gt 0
kill "${server[owner]}" "${server[thief]}"
wait "${server[owner]}" "${server[thief]}" 2>/dev/null

# udp NAME CGROUP PORT: a socket of UDP with SO_REUSEADDR; what comes to it is in $work/NAME.
udp() {
	: >"$work/$1"
	within_cgroup "$2" python3 -u -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', $3))
print('listens')
while s.recv(9): print('got')" >"$work/$1" 2>&1 &
	server[$1]=$!
	within "$1 listens" 30 grep -q listens "$work/$1"
}
# say PORT: datagrams, and waits until they came to one of the two.
got() { cat "$work/owner" "$work/thief" | grep -c got; }
say() {
	python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(3): s.sendto(b'x', ('127.0.0.1', $1))"
	within 'three datagrams came' 30 eval '[ "$(got)" = 3 ]'
}
# reuse CGROUP PORT before|after: whether that port is had with SO_REUSEADDR.
reuse() { within_cgroup "$1" python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if '$3' == 'after': s.bind(('127.0.0.1', $2))
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if '$3' == 'before': s.bind(('127.0.0.1', $2))"; }

udp owner "$BESIDE" 7410
udp thief "$OPEN" 7410
say 7410
same 'control, no wall: the last to bind takes all of UDP' "$(grep -c got "$work/thief")" 3
kill "${server[owner]}" "${server[thief]}"
wait "${server[owner]}" "${server[thief]}" 2>/dev/null

must modprobe cloison
must cloison guard load
make_tenant acme
make_tenant globex
must cloison net allow globex in 127.0.0.1/32 tcp 7402-7409
server globex "$PEN/globex" 7402 before
refused 'a port that no rule of its own is for' 'bind: .*not permitted' thief "$PEN/acme" 7402 before
refused 'nor may it be shared later' 'reuseport: .*not permitted' thief "$PEN/acme" 7403 after
call 7402 40
same 'the owner took all' "$(took globex)" 40
check 'a port of its own alone' thief "$PEN/globex" 7404 before
for option in 51 52; do
	refused "no program that chooses among those who share (option $option)" 'not permitted' \
		in_tenant acme host-try option 1 $option tcp
done
check 'control, no wall: a range of ports for a socket that never binds' \
	within_cgroup "$OPEN" host-try option 0 51 udp
refused 'nor a range of ports, by which the kernel would choose one' 'not permitted' \
	in_tenant acme host-try option 0 51 udp
refused 'UDP: a port that no rule is for' 'not permitted' in_tenant acme python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
s.bind(("127.0.0.1", 7405))'
: >"$work/thief"
udp owner "$BESIDE" 7411
refused 'UDP with SO_REUSEADDR: a port that no rule of its own is for' 'not permitted' \
	reuse "$PEN/acme" 7411 before
say 7411
same 'the owner, of the host, took all' "$(grep -c got "$work/owner")" 3
refused 'nor may it be set later' 'not permitted' reuse "$PEN/acme" 7412 after
check 'UDP with SO_REUSEADDR: any free port' reuse "$PEN/acme" 0 before
must cloison net allow globex in 127.0.0.1/32 udp 7413
check 'and one that a rule of its own is for' reuse "$PEN/globex" 7413 before
check 'TCP with SO_REUSEADDR, as every server sets it' in_tenant acme python3 -c '
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 7414)); s.listen()'
check 'without it a port is bound as before' in_tenant acme python3 -c '
import socket
s = socket.socket(); s.bind(("127.0.0.1", 7406)); s.listen()'
check 'and any free one with it' in_tenant acme python3 -c '
import socket
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1); s.bind(("127.0.0.1", 0))'
must ip netns add own
must ip -n own link set lo up
must cloison net claim acme own
reuse_at_home() { in_tenant acme nsenter --net=/run/netns/own python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 7415))'; }
check 'in a network that is its own alone it may' in_tenant acme nsenter --net=/run/netns/own \
	host-try listen 7407 before
check 'UDP with SO_REUSEADDR too' reuse_at_home
check 'and later' in_tenant acme nsenter --net=/run/netns/own host-try listen 7407 after

# ---- other options of sockets ------------------------------------------------------------

check 'control, no wall: IP_TRANSPARENT' within_cgroup "$OPEN" host-try option 0 19 udp
check 'control, no wall: IPV6_TRANSPARENT' within_cgroup "$OPEN" host-try option 41 75 udp6
check 'control, no wall: TCP_REPAIR' within_cgroup "$OPEN" host-try option 6 19 tcp
refused 'no IP_TRANSPARENT' 'not permitted' in_tenant acme host-try option 0 19 udp
refused 'no IPV6_TRANSPARENT' 'not permitted' in_tenant acme host-try option 41 75 udp6
refused 'no TCP_REPAIR' 'not permitted' in_tenant acme host-try option 6 19 tcp
check 'TCP_NODELAY, as every program wants it' in_tenant acme host-try option 6 1 tcp
finish
