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
session mover "$OPEN" acme
connected mover
must try mover "cgroup $WALLED"
for road in write sendfile splice-to; do
	stays "$road" 'not permitted' mover "$road t @"
done
refused 'splice from it' 'not permitted' try mover 'splice-from t'
refused 'read' 'not permitted' try mover 'read t'
refused 'TCP_ZEROCOPY_RECEIVE' 'not permitted' try mover 'zerocopy t'
session uring "$OPEN" acme
refused 'io_uring: write' 'not permitted' place "$OPEN" acme net-uring joins "$WALLED" write "$PEER" 7001 word
refused 'io_uring: read' 'not permitted' place "$OPEN" acme net-uring joins "$WALLED" read "$PEER" 7001 word
check 'control: the same, and no tenant' place "$OPEN" acme net-uring joins "$OPEN" write "$PEER" 7001 word
finish
