#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: 200 kills of guard load, net and tenant add while denied traffic runs
# timeout: 1500
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

KILLS=200
net_up
guard_up
make_tenant acme
allow out "$PEER" udp 7001

# Datagrams that no policy of this test allows, without a pause, from the
# tenant's cgroup. What of them arrives outside is written down by the witness.
flood() {
	local word=$1 cgroup=$2
	go_to "$cgroup" acme python3 -c "
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sent = 0
while True:
    try:
        s.sendto(b'$word', ('$PEER', 7002))
    except PermissionError:
        pass
    sent += 1
    if sent % 1000 == 0:
        open('$work/$word', 'w').write(str(sent))
    time.sleep(0.0002)
"
}

came() { wrote outside "udp 7002 from .*: $1"; }
sent() { cat "$work/$1" 2>/dev/null || echo 0; }
goes_on() { [ "$(sent flood-walled)" -gt "$1" ]; }

flood flood-open "$OPEN" &
control=$!
within 'control, no wall: what is going to be denied arrives' 60 came flood-open
kill "$control"
flood flood-walled "$WALLED" &
within 'denied traffic runs' 60 goes_on 0

# One of the commands that change the guard, which is killed anywhere on its way.
change() {
	case $((RANDOM % 4)) in
	0) rm -rf "${PINS:?}/programs" && cloison guard load ;;
	1) cloison net allow acme out 10.200.0.0/16 tcp "$1" ;;
	2) cloison net remove acme 2 ;;
	3) cloison tenant add "t$1" --quota 1M --cgroup "$CGROUPS/t$1" ;;
	esac >/dev/null 2>&1
}

# How long such a command takes decides where kills fall.
begin=${EPOCHREALTIME/./}
must cloison net allow acme out 10.200.0.0/16 tcp 1
length=$(((${EPOCHREALTIME/./} - begin) * 3 / 2))
before=$(sent flood-walled)
killed=0
for ((kill = 1; kill <= KILLS; kill++)); do
	(exec 2>/dev/null; change "$kill") &
	child=$!
	nap "$(printf '%d.%06d' 0 $(((RANDOM * 32768 + RANDOM) % (length < 1000000 ? length : 999999))))"
	# The command, and the shell that would go on after it.
	mapfile -t victims < <(pgrep -P "$child")
	if kill -9 "$child" "${victims[@]}" 2>/dev/null; then killed=$((killed + 1)); fi
	wait "$child" 2>/dev/null
done
note "$killed of $KILLS were killed before their end"
check "at least half of $KILLS were killed on their way" [ "$killed" -ge $((KILLS / 2)) ]
check 'denied traffic ran all the while' goes_on "$((before + 1000))"
check 'not one of it passed' never_wrote outside 'flood-walled'
check 'the guard is mended' cloison guard load
check 'and the next change goes through' cloison net allow acme out 10.201.0.0/16
note "datagrams denied: $(sent flood-walled)"

# Only because of the guard: the same sender passes when it is let go of.
must cloison guard unload --force
within 'control: without the guard it arrives' 60 came flood-walled
finish
