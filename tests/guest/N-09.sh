#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: ping sockets, ICMP and ICMPv6
# fresh
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
must mkdir "$WALLED"
session acme "$WALLED" acme
must try acme 'socket old4 ping4; socket old6 ping6'
leaks 'control, no wall: a ping socket from before' acme "echo old4 $PEER @"
leaks 'control, no wall: a ping socket from before, IPv6' acme "echo old6 $PEER6 @"
check 'control, no wall: the answer comes' try acme 'recv old4; recv old6'

guard_up
make_tenant acme --adopt
both() {
	attempt "a ping socket, $1" 'socket: .*not permitted' "socket s ping4; echo s $PEER @"
	attempt "a ping socket, IPv6, $1" 'socket: .*not permitted' "socket s ping6; echo s $PEER6 @"
	stays "a ping socket from before, $1" 'not permitted' acme "echo old4 $PEER @"
	# The kernel's ping_v6_sendmsg() does not pass the error on.
	stays "a ping socket from before, IPv6, $1" - acme "echo old6 $PEER6 @"
	stays "a ping socket from before, connected, $1" 'not permitted' acme \
		"connect old4 $PEER 0; echo old4 $PEER @"
}
both 'no policy'
# A rule for everything is one for all TCP, UDP and SCTP: the types of ICMP that
# a tenant needs, such as neighbour discovery, are its kernel's and not its own.
allow out any
allow in any
leaks 'control, allowed: UDP' acme "socket s udp4; sendto s $PEER 7001 @"
both 'all allowed'

# By type, and only by type.
refused 'ICMP cannot be allowed wholesale' 'icmp echo-request' cloison net allow acme out any icmp
refused 'ICMPv6 cannot be allowed wholesale' 'icmp6 echo-request' \
	cloison net allow acme out any icmp6 any
allow out "$PEER" icmp echo-request
allow out "$PEER6" icmp6 echo-request
leaks 'allowed by type: a ping socket' acme "socket p ping4; echo p $PEER @"
leaks 'allowed by type: a ping socket, IPv6' acme "socket q ping6; echo q $PEER6 @"
check 'the answers come' try acme 'recv p; recv q'
stays 'allowed by type: another peer' 'not permitted' acme "echo p $OTHER @"
stays 'allowed by type: another peer, IPv6' - acme "echo q $OTHER6 @"
deny out "$PEER" any
stays 'a denial of all is one of ICMP too' 'not permitted' acme "echo p $PEER @"
finish
