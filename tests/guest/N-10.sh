#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: sockets made before the task joined, and sockets received
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

# Nothing is allowed, so whatever arrives went around the policy.
made="socket u udp4; socket t tcp4; connect t $PEER 7001"
net_up
must try open "$made"
leaks 'control, no wall: UDP' open "sendto u $PEER 7001 @"
leaks 'control, no wall: TCP' open 'send t @'
guard_up
make_tenant acme

session mover "$OPEN" acme
must try mover "$made; socket l tcp4; bind l $ACME 7100; listen l"
check 'control: still outside, the listener answers' try outside "socket c tcp4; connect c $ACME 7100"
leaks 'control: still outside, UDP' mover "sendto u $PEER 7001 @"
must try mover "cgroup $WALLED"
stays 'moved in: UDP made before' 'Bad file descriptor' mover "sendto u $PEER 7001 @"
stays 'moved in: TCP connected before' 'Bad file descriptor' mover 'send t @'
refused 'moved in: nothing is read' 'Bad file descriptor' try mover 'recv t'
refused 'moved in: no other connection by it' 'Bad file descriptor' try mover "connect u $PEER 7001"
refused 'moved in: no port by it' 'Bad file descriptor' try mover "bind u $ACME 7200"
refused 'moved in: the listener accepts nobody' 'Bad file descriptor' try mover 'accept l a'
refused 'moved in: nor is anybody answered there' 'refused' try outside "socket c tcp4; connect c $ACME 7100"

session acme "$WALLED" acme
must try acme "socket s unix; ubind s @take; listen s"
session giver "$OPEN" acme
must try giver "$made; socket c unix; uconnect c @take"
must try acme 'accept s from'
must try giver 'pass u c; pass t c'
refused 'a UDP socket does not arrive' 'not permitted' try acme 'take from u'
refused 'nor does a connected TCP socket' 'not permitted' try acme 'take from t'
must try giver 'socket own unix-dgram; pass own c'
check 'a unix socket without a name does' try acme 'take from own'
session brother "$WALLED" acme
must try brother 'socket x udp4; socket c unix; uconnect c @take'
must try acme 'accept s from'
must try brother 'pass x c'
check 'and so does a socket of the tenant itself' try acme 'take from x'
allow out "$PEER" udp 7001
leaks 'which is judged by the policy' acme "sendto x $PEER 7001 @"
finish
