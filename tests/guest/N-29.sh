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

# Control: in a cgroup that is no tenant's the same program is heard.
rusher "$PEN/nobody" "$work/entered" "$PEER" "$work/said" &
must mkdir "$PEN/nobody"
from=${#seen[@]}
check 'control, no wall: who enters a cgroup at once is heard' await 'rush-20-' "$from"
wait $!

# It may come first, then there is no tenant; or it is behind the wall.
rm -f "$work/entered"
settle
before=${#seen[@]}
rusher "$WALLED" "$work/entered" "$PEER" "$work/said" &
rusher=$!
if cloison tenant add acme --quota 64M --cgroup "$WALLED" >"$work/added" 2>&1; then
	within 'it entered' 20 test -s "$work/entered"
	wait "$rusher"
	settle
	same 'who enters at once sends not one packet' "$(came_since "$before")" ''
	check 'each of its attempts was refused' test "$(grep -c 'not permitted' "$work/said")" = 20
else
	check 'who came before the wall ends the making of the tenant' \
		grep -q 'has processes already' "$work/added"
	wait "$rusher"
	make_tenant acme
fi

same 'nobody is made to stand still any more' "$(cat "$WALLED/cgroup.freeze")" 0

# Enters when it is frozen, so while a wall is being built.
late() {
	# shellcheck disable=SC2016 # for the inner shell
	go_to "$OPEN" acme bash -c '
		until read -r frozen <"$0/cgroup.freeze" && [ "$frozen" = 1 ]; do :; done
		echo $$ >"$0/cgroup.procs"
		echo ran >"$1"
	' "$@"
}

# stood_still CGROUP: ends when somebody is in there, and all who are stand still
stood_still() {
	local populated frozen
	until { read -r _ populated; read -r _ frozen; } <"$1/cgroup.events" &&
		[ "$populated $frozen" = '1 1' ]; do :; done
	[ ! -e "$work/ran" ] && : >"$work/stood"
}

# On a busy host it may come too late, or nobody may see it in time: then again.
for _ in {1..10}; do
	rm -f "$work/ran"
	must mkdir -p "$PEN/late"
	late "$PEN/late" "$work/ran" &
	late=$!
	stood_still "$PEN/late" &
	watcher=$!
	made=no
	cloison tenant add late --quota 64M --cgroup "$PEN/late" >"$work/added" 2>&1 && made=yes
	kill "$watcher" 2>/dev/null
	wait "$watcher" 2>/dev/null
	[ -e "$work/stood" ] || kill -9 "$late"
	wait "$late" 2>/dev/null
	[ $made = no ] || must cloison tenant remove late
	[ ! -e "$work/stood" ] || break
done
check 'who comes while the wall is built stands still' test -e "$work/stood"
check 'and ends it' grep -q 'has processes already' "$work/added"
check 'but goes on then' test -e "$work/ran"
refused 'nor is there a tenant' 'no tenant "late"' cloison tenant show late

session acme "$WALLED" acme
witness tenant "$WALLED" acme udp:6001 tcp:6001
stays 'no policy: UDP out' 'not permitted' acme "socket s udp4; sendto s $PEER 7001 @"
stays 'no policy: TCP out' 'not permitted' acme "socket s tcp4; connect s $PEER 7001; send s @"
shut 'no policy: UDP in' "socket s udp4; sendto s $ACME 6001 in; recv s"
shut 'no policy: TCP in' "socket s tcp4; connect s $ACME 6001"
check 'no policy: nothing came in' never_wrote tenant 'udp|tcp'

# Who runs in the cgroup already has sockets and memory of before.
must mkdir "$PEN/busy"
session busy "$PEN/busy" acme
refused 'a cgroup with a process is no tenant' 'has processes already' \
	cloison tenant add busy --quota 64M --cgroup "$PEN/busy"
refused 'and the remedy is named' 'end them first|--adopt' \
	cloison tenant add busy --quota 64M --cgroup "$PEN/busy"
refused 'nor is it one now' 'no tenant "busy"' cloison tenant show busy
leaks 'control: it goes on as it was' busy "socket s udp4; sendto s $PEER 7001 @"
check 'adopted, it is behind the wall at once' cloison tenant add busy --quota 64M \
	--cgroup "$PEN/busy" --adopt
stays 'adopted: UDP out' 'not permitted' busy "socket s udp4; sendto s $PEER 7001 @"

allow out "$PEER" udp 7001
leaks 'control: the first rule opens what it says' acme "socket s udp4; sendto s $PEER 7001 @"
finish
