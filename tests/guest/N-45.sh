#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: SO_REUSEPORT on another tenant's port, in a network that both use
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
check 'without it a port is bound as before' in_tenant acme python3 -c '
import socket
s = socket.socket(); s.bind(("127.0.0.1", 7406)); s.listen()'
check 'and any free one with it' in_tenant acme python3 -c '
import socket
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1); s.bind(("127.0.0.1", 0))'
must ip netns add own
must ip -n own link set lo up
must cloison net claim acme own
check 'in a network that is its own alone it may' in_tenant acme nsenter --net=/run/netns/own \
	host-try listen 7407 before
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
