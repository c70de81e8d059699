#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a tenant that starts before its policy exists
# fresh
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

# Waits for the directory, enters it at once and sends as fast as it can.
# shellcheck disable=SC2317 # place calls it
rusher() {
	# shellcheck disable=SC2016 # for the inner shell
	place "$OPEN" acme bash -c '
		procs=$0/cgroup.procs
		until echo $$ >"$procs"; do :; done 2>/dev/null
		echo "$$" >"$1"
		for i in {1..20}; do echo "socket s udp4; sendto s $2 7001 rush-$i-"; done | net-sock - >"$3"
	' "$@"
}

net_up
guard_up

# Control: in a cgroup outside the pen the same program is heard.
rusher "$CGROUPS/nobody" "$work/entered" "$PEER" "$work/said" &
must mkdir "$CGROUPS/nobody"
from=${#seen[@]}
check 'control, no pen: who enters a cgroup at once is heard' await 'rush-20-' "$from"
wait $!

# It may come before there is a tenant, then it is a stray; or behind the tenant's wall.
# Nothing stands still for it, and it sends nothing either way.
rush() {
	rm -f "$work/entered" "$work/said"
	settle
	before=${#seen[@]}
	rusher "$1" "$work/entered" "$PEER" "$work/said" &
	rusher=$!
}

rushed() {
	within "$1: it entered" 20 test -s "$work/entered"
	wait "$rusher"
	settle
	same "$1: who enters at once sends not one packet" "$(came_since "$before")" ''
	check "$1: each of its attempts was refused" test "$(grep -c 'not permitted' "$work/said")" = 20
}

rush "$PEN/stray"
must mkdir "$PEN/stray"
rushed 'no tenant'

# add_and_hold N NAME CGROUP: the command stands still before its Nth change by bpf(2), until
# add_on; $added is how it ended, and what it said is in $work/added.
must mkfifo "$work/on"
exec {on}<>"$work/on"
add_and_hold() {
	: >"$work/added"
	bpf-nth hold change "$1" cloison tenant add "$2" --quota 64M --cgroup "$3" <&"$on" >"$work/added" 2>&1 &
	adding=$!
	within "$2: its wall is being built, up to call $1 of $calls" 60 grep -q '^held' "$work/added"
}
add_on() {
	echo >&"$on"
	added=0
	wait "$adding" || added=$?
}
calls=$(bpf_calls cloison tenant add late --quota 64M --cgroup "$PEN/late")
must cloison tenant remove late
remove_cgroup "$PEN/late"

add_and_hold $((calls * 9 / 10)) acme "$WALLED"
rush "$WALLED"
rushed 'a tenant is made'
add_on
same 'which ends well' "$added" 0

# Who comes while the wall is built goes on running, and is the tenant's in the end, or a
# stray if that did not become a tenant because of it.
for round in {1..5}; do
	must mkdir -p "$PEN/late"
	add_and_hold $((calls * (2 * round - 1) / 10)) late "$PEN/late"
	rush "$PEN/late"
	rushed "round $round"
	session "late$round" "$PEN/late" acme
	add_on
	case $added in
	0) check "round $round: it is a tenant" cloison tenant show late ;;
	*) check "round $round: it is none, for who came" grep -q 'has processes already' "$work/added" ;;
	esac
	same "round $round: nobody is made to stand still" "$(cat "$PEN/late/cgroup.freeze")" 0
	stays "round $round: who stayed sends nothing either" 'not permitted' "late$round" "socket s udp4; sendto s $PEER 7001 @"
	[ "$added" != 0 ] || must cloison tenant remove late --force
	remove_cgroup "$PEN/late"
done

session acme "$WALLED" acme
witness tenant "$WALLED" acme udp:6001 tcp:6001
stays 'no policy: UDP out' 'not permitted' acme "socket s udp4; sendto s $PEER 7001 @"
stays 'no policy: TCP out' 'not permitted' acme "socket s tcp4; connect s $PEER 7001; send s @"
shut 'no policy: UDP in' "socket s udp4; sendto s $ACME 6001 in; recv s"
shut 'no policy: TCP in' "socket s tcp4; connect s $ACME 6001"
check 'no policy: nothing came in' never_wrote tenant 'udp|tcp'

# Who runs in the cgroup already may have brought what was opened outside.
must mkdir "$PEN/busy"
session busy "$PEN/busy" acme
refused 'a cgroup with a process is no tenant' 'has processes already' \
	cloison tenant add busy --quota 64M --cgroup "$PEN/busy"
refused 'and the remedy is named' 'end them first|--adopt' \
	cloison tenant add busy --quota 64M --cgroup "$PEN/busy"
refused 'nor is it one now' 'no tenant "busy"' cloison tenant show busy
stays 'it is a stray: UDP out' 'not permitted' busy "socket s udp4; sendto s $PEER 7001 @"
leaks 'control: outside the pen it passes' open "socket s udp4; sendto s $PEER 7001 @"
check 'adopted, it is behind the wall at once' cloison tenant add busy --quota 64M \
	--cgroup "$PEN/busy" --adopt
stays 'adopted: UDP out' 'not permitted' busy "socket s udp4; sendto s $PEER 7001 @"

allow out "$PEER" udp 7001
leaks 'control: the first rule opens what it says' acme "socket s udp4; sendto s $PEER 7001 @"
finish
