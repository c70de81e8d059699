#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a flood of one class of events, or of one tenant's, hides none of another; two readers
# timeout: 400
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
wall_up
make_tenant acme
make_tenant globex
make_region acme/weights
make_region globex/weights
session acme "$WALLED" acme
session globex "$PEN/globex" acme
witness born "$WALLED" acme udp:6000
allow out "$PEER" udp 7001

# missed TENANT CLASS: events over its budget
missed() { cloison net counters "$1" --json | jq ".[] | select(.reason == \"suppressed_$2\") | .enforced"; }
over() { [ "$(missed "$1" "$2")" -gt 0 ]; }

# A flood goes on until it is ended, so that all that follows happens in it.
flood() {
	go_to "$PEN/$1" acme python3 -c '
import os, socket, sys
what = sys.argv[1]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    for i in range(100):
        try:
            if what == "calls":
                s.sendto(b"flood", ("10.9.0.3", 9))
            elif what == "outside":
                socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            else:
                os.open("/dev/cloison/%s/weights" % what, os.O_RDONLY)
        except OSError:
            pass
' "$2" &
	flooder=$!
}
flood_ends() {
	kill -9 "$flooder"
	wait "$flooder" 2>/dev/null
}

# seen WHAT PATTERN: by both readers. A flood is long: no more than grep goes over it.
both_have() { grep -Eq -- "$1" "$work/one" && grep -Eq -- "$1" "$work/two"; }
seen() { within "$1" 60 both_have "$2"; }

follow "$work/one"
one=$follower
follow "$work/two"
two=$follower

port=20000
# tells NAME WHAT [BUT]: one of each class of NAME's is seen, but for that one. Each has
# a port or a process that no other has.
tells() {
	local but=${3:-} owner
	port=$((port + 1))
	[ "$1" = acme ] && owner=globex || owner=acme
	if [ "$but" != calls ]; then
		try "$1" "socket c udp4; sendto c $OTHER $port x" >/dev/null
		seen "$2: a call" "\"tenant\":\"$1\".*\"hook\":\"sendmsg4\".*\"remote_port\":$port\\b"
	fi
	if [ "$but" != outside ]; then
		cp "$(command -v net-sock)" "$work/raw-$port"
		place "$PEN/$1" acme "$work/raw-$port" 'socket p raw4 1' >/dev/null 2>&1
		seen "$2: a call that reaches outside" \
			"\"tenant\":\"$1\".*\"hook\":\"socket_create\".*\"process_name\":\"raw-$port\""
	fi
	cp /bin/cat "$work/cat-$port"
	in_tenant "$1" "$work/cat-$port" "/dev/cloison/$owner/weights" >/dev/null 2>&1
	seen "$2: another's region" \
		"\"kind\":\"memory\",\"tenant\":\"$owner\".*\"process_name\":\"cat-$port\""
}
tells_flows() {
	port=$((port + 1))
	try acme "socket f udp4; bind f 0.0.0.0 $port; sendto f $PEER 7001 x" >/dev/null
	seen "$1: a flow that begins" "\"tenant\":\"acme\".*\"verdict\":\"allow\".*\"local_port\":$port\\b"
	try outside "socket o udp4; bind o $PEER $port; sendto o $ACME 6000 x" >/dev/null
	seen "$1: a packet that is denied" "\"tenant\":\"acme\".*\"hook\":\"ingress\".*\"remote_port\":$port\\b"
}

tells acme 'control, no flood'
tells_flows 'control, no flood'
for what in calls outside; do
	flood acme "$what"
	within "control: a flood of acme's $what is over its budget" 120 over acme "$what"
	tells acme "in acme's own flood of $what" "$what"
	tells_flows "in acme's own flood of $what"
	tells globex "globex's, in acme's flood of $what"
	flood_ends
done

# Attempts on one tenant's regions are charged to those who make them.
flood globex acme
within "control: globex's attempts on acme's region are over its budget" 120 over globex memory
same "acme's budget is whole" "$(missed acme memory)" 0
tells acme "in globex's flood of attempts"
flood_ends

# Of what comes in, a flood has a budget beside that of what the tenant does.
go_to "$CGROUPS" outside python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True: s.sendto(b'flood', ('$ACME', 6000))" &
flooder=$!
within "control: denied packets that come to acme are over its budget" 120 over acme packets
# To one it may ping, so that it has such a socket.
allow out "$OTHER" icmp echo-request
try acme "socket ping ping4; echo ping $PEER x" >/dev/null
seen 'in that flood: a packet of acme that is denied' \
	'"tenant":"acme".*"hook":"egress".*"protocol":"icmp"'
flood_ends

# One budget for all CPUs: from each of them a flood, and what is told stays within it.
for cpu in $(seq 0 $(($(nproc) - 1))); do
	go_to "$WALLED" acme taskset -c "$cpu" python3 -c '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end = time.monotonic() + 3
while time.monotonic() < end:
    try:
        s.sendto(b"flood", ("10.9.0.3", 10))
    except OSError:
        pass
' &
	cpus[cpu]=$!
done
wait "${cpus[@]}"
# in_budget: so many at once, one each 10 ms since, one more a CPU that was just taking
in_budget() {
	grep '"hook":"sendmsg4".*"remote_port":10\b' "$work/one" | jq -e -n --argjson cpus "$(nproc)" '
		def ms: sub("Z$"; "") | capture("(?<s>.*)[.](?<u>[0-9]+)$") |
			(.s + "Z" | fromdate) * 1000 + (.u | tonumber) / 1000;
		[inputs | .time | ms] | length > 0 and length <= 1024 + (max - min) / 10 + 2 + $cpus'
}
try globex "socket c udp4; sendto c $OTHER 19999 x" >/dev/null
seen 'what came before has been read' '"hook":"sendmsg4".*"remote_port":19999\b'
check 'from all CPUs together no more than a budget is told' in_budget

kill -INT "$one" "$two"
check 'a reader ends' wait "$one"
check 'and the other' wait "$two"
# Both began before the first event and ended after the last.
shown() { grep -vc '"kind":"missed"' "$work/$1"; }
lost() { grep '"kind":"missed"' "$work/$1" | jq -s 'map(.lost) | add // 0'; }
all_but_calls() { grep -v '"kind":"missed"\|"hook":"sendmsg4"' "$work/$1" | sed 's/"time":"[^"]*",//' | sort; }
same 'both account for the same number of events' \
	$(($(shown one) + $(lost one))) $(($(shown two) + $(lost two)))
same 'and had the same ones, but for the flood' "$(all_but_calls one)" "$(all_but_calls two)"
finish
