#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: reading and writing a foreign socket without send or receive
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
# So much is sent to each socket, before it is on the wrong side of the wall.
connected() {
	must try outside "socket l tcp4; set l reuse; bind l $PEER 7300; listen l"
	must try "$1" "socket t tcp4; connect t $PEER 7300"
	must try outside 'accept l a; send a hello-hello-hello'
}

connected open
check 'control, no wall: splice from it' try open 'splice-from t'
must try outside 'send a hello'
check 'control, no wall: read' try open 'read t'
must try outside 'send a hello'
check 'control, no wall: TCP_ZEROCOPY_RECEIVE' try open 'zerocopy t'
for road in write sendfile splice-to; do
	leaks "control, no wall: $road" open "$road t @" 'frame'
done
guard_up
make_tenant acme

# Moved: what it brings is closed before its next instruction.
session mover "$OPEN" acme
connected mover
must try mover "cgroup $WALLED"
for road in write sendfile splice-to; do
	stays "moved: $road" 'Bad file descriptor' mover "$road t @"
done
for road in splice-from read zerocopy; do
	refused "moved: $road" 'Bad file descriptor' try mover "$road t"
done

# Moved with rings: nothing takes back what they can reach.
check 'control: a ring of before, and no tenant' place "$OPEN" acme net-uring joins "$OPEN" write "$PEER" 7001 word
for road in write read; do
	place "$OPEN" acme net-uring joins "$WALLED" "$road" "$PEER" 7001 word >"$work/ring" 2>&1
	same "io_uring of before: a task that goes to $road by it is killed as it comes" $? 137
done

# All the ways by which a host's TCP or unix stream socket could come into a tenant. What
# is tried is to splice from it, which passes no hook.
findings() {
	local verdict what
	while read -r verdict what; do
		case $verdict in
		ok) ok "$what" ;;
		*) not_ok "$verdict $what" ;;
		esac
	done
}
for kind in tcp unix; do
	for way in moved cloned inherited passed fetched; do
		findings < <(entry-splice "$kind" "$way" "$OPEN" 'control, no tenant' 2>&1)
		findings < <(entry-splice "$kind" "$way" "$WALLED" 'into a tenant' 2>&1)
	done
done
finish
