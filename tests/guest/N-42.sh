#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a flood by one peer that is let in; pushes on old connections; answers by another socket
# timeout: 600
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-host.sh

CONNECTIONS=6000 PUSHED=100 DATAGRAMS=5000

host_up
allow in "$PEER" tcp 8000
allow in "$PEER" udp 6000
allow in "$OTHER" udp 6003
allow out "$PEER" udp 7006
session acme "$WALLED" acme
witness tenant "$WALLED" acme udp:6000
must mkfifo "$work/serve" "$work/call"
exec {serve}<>"$work/serve" {to_call}<>"$work/call"

# Two python programs: each says a word when it is there, and goes on by a line.
serves() {
	go_to "$OPEN" acme python3 -u -c "
import resource, socket
resource.setrlimit(resource.RLIMIT_NOFILE, ($1 + 64, $1 + 64))
listener = socket.create_server(('$ACME', 8000), backlog=4096)
print('listening')
held = [listener.accept()[0] for i in range($1)]
print('accepted')
input()
for each in held[:$2]:
    each.send(b'push')
print('pushed')
input()
" <&"$serve" >"$work/served" 2>&1 &
	server=$!
}
calls() {
	go_to "$CGROUPS" outside python3 -u -c "
import resource, socket, time
resource.setrlimit(resource.RLIMIT_NOFILE, ($1 + 64, $1 + 64))
held = [socket.create_connection(('$ACME', 8000), 60) for i in range($1)]
print('connected')
input()
end, came = time.monotonic() + 60, 0
for each in held[:$2]:
    each.settimeout(max(0.01, end - time.monotonic()))
    try:
        came += each.recv(4) == b'push'
    except OSError:
        pass
print('came', came)
" <&"$to_call" >"$work/called" 2>&1 &
	caller=$!
}

# pushes WHAT CONNECTIONS PUSHED: connections that are idle, then the server speaks.
pushes() {
	serves "$2" "$3"
	within "$1: a server" 60 grep -q listening "$work/served"
	calls "$2" "$3"
	within "$1: $2 connections" 240 grep -q connected "$work/called"
	within "$1: all are accepted" 60 grep -q accepted "$work/served"
	echo >&"$serve"
	within "$1: the server speaks on $3 of them" 60 grep -q pushed "$work/served"
	echo >&"$to_call"
	within "$1: and is heard" 120 grep -q '^came' "$work/called"
	same "$1: on each" "$(grep -o 'came.*' "$work/called")" "came $3"
	kill "$server" "$caller" 2>/dev/null
	wait "$server" "$caller" 2>/dev/null
}

pushes 'control, not attached' 10 10
host_attach
pushes 'attached' $CONNECTIONS $PUSHED

# ---- datagrams ------------------------------------------------------------------------

# So many from as many ports of the peer; the last one was answered.
flood() {
	place "$CGROUPS" outside python3 -c "
import socket
for port in range(20000, 20000 + $DATAGRAMS):
    each = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    each.bind(('$PEER', port))
    each.sendto(b'flood', ('$ACME', 6000))
    last, each = each, None
last.settimeout(2)
for tries in range(30):
    last.sendto(b'last', ('$ACME', 6000))
    try:
        if last.recv(16) == b'last':
            break
    except OSError:
        pass
else:
    raise SystemExit('the last one was not answered')
"
}
full() {
	bpftool -j map dump pinned "$PINS/tenants/acme/theirs" |
		jq '[.[].formatted.value.flows[] | select(.family != 0)] | length'
}

check 'control: a peer' try outside "socket h udp4; bind h $PEER 7006"
check 'control: the tenant asks it' try acme "patience 10000; socket a udp4; bind a 0.0.0.0 6002; sendto a $PEER 7006 asked"
same 'control: which arrives' "$(try outside 'recv h')" asked
check 'control: another peer asks the tenant' try acme "socket q udp4; bind q 0.0.0.0 6003"
check 'control: which arrives too' try outside "socket o udp4; bind o $OTHER 7007; sendto o $ACME 6003 question"
same 'control: at its socket' "$(try acme 'recv q')" question
check "$DATAGRAMS datagrams of the first peer" flood
filled=$(full)
check "control: they fill the table of what came in ($filled)" [ "$filled" -ge 1000 ]
check 'the awaited answer' try outside "sendto h $ACME 6002 answer"
same 'arrives' "$(try acme 'recv a')" answer
check 'and so does the answer to the other peer' try acme "sendto q $OTHER 7007 reply"
same 'there' "$(try outside 'recv o')" reply

# A server of DTLS or QUIC answers by a socket for each peer.
check 'a peer asks again' try outside "socket p udp4; bind p $OTHER 7008; sendto p $ACME 6003 hello"
same 'the server hears it' "$(try acme 'recv q')" hello
check 'by another socket, connected, it answers' try acme "close q; socket c udp4; bind c $ACME 6003; connect c $OTHER 7008; send c welcome"
same 'which arrives' "$(try outside 'recv p')" welcome
check 'so does what the peer says then' try outside "sendto p $ACME 6003 thanks"
same 'at that socket' "$(try acme 'recv c')" thanks
# How many there is room for.
rooms() { bpftool -j map show pinned "$PINS/tenants/acme/$1" | jq .max_entries; }
same 'by default 1,024 flows a side, 8 in a bucket' "$(rooms ours) $(rooms theirs)" '128 128'
same 'it has room for 1,024 flows' "$(cloison tenant show acme --json | jq .flows)" 1024
check 'it can have more' cloison tenant set acme --flows 5000
same 'which is shown' "$(cloison tenant show acme --json | jq .flows)" 5000
same 'in as many buckets' "$(rooms ours) $(rooms theirs)" '625 625'
refused 'not any number' 'from 8 to 1048576 are possible' cloison tenant set acme --flows 7
same 'and nothing changed' "$(rooms ours) $(rooms theirs)" '625 625'
check 'flows begin in the new table' try acme "sendto a $PEER 7006 again"
same 'and arrive' "$(try outside 'recv h')" again
check 'their answers too' try outside "sendto h $ACME 6002 answer"
same 'at the socket' "$(try acme 'recv a')" answer
refused 'control: none that did not ask is connected to' 'not permitted' try acme \
	"socket n udp4; bind n $ACME 6004; connect n $OTHER 7008"
finish
