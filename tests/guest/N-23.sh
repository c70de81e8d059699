#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a rule for one direction, used in the other
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
guard_up
make_tenant acme
session acme "$WALLED" acme
witness tenant "$WALLED" acme udp:6001 tcp:6001

# In only: it may answer, and ask nothing itself.
allow in "$PEER" any
enters 'control, allowed in: UDP and its answer' \
	"socket s udp4; bind s $PEER 7100; sendto s $ACME 6001 hello; recv s; close s"
enters 'control, allowed in: TCP and its answer' \
	"socket s tcp4; connect s $ACME 6001; send s hello; recv s; close s"
attempt 'UDP out, where only in is allowed' 'not permitted' "socket s udp4; sendto s $PEER 7001 @"
attempt 'UDP out to the port that has asked' 'not permitted' "socket s udp4; sendto s $PEER 7100 @" \
	'17 10.9.0.1 .* 7100: .*@'
attempt 'TCP out, where only in is allowed' 'not permitted' \
	"socket s tcp4; connect s $PEER 7001; send s @; close s"
attempt 'TCP fast open out, where only in is allowed' 'not permitted' \
	"socket s tcp4; fastopen s $PEER 7001 @; close s"
attempt 'echo out' 'not permitted' "socket s ping4; echo s $PEER @"
forbid 1

# Out only: the answer comes, and nothing that was not asked for.
allow out "$PEER" any
leaks 'control, allowed out: UDP' acme "socket s udp4; sendto s $PEER 7001 @"
check 'control, allowed out: its answer' try acme 'recv s'
check 'control, allowed out: TCP and its answer' try acme \
	"socket t tcp4; connect t $PEER 7001; send t hello; recv t; close t"
shut 'UDP in, where only out is allowed' "socket s udp4; sendto s $ACME 6001 hello; recv s"
shut 'TCP in, where only out is allowed' "socket s tcp4; connect s $ACME 6001"
shut 'UDP in from the port that was asked' \
	"socket q udp4; set q reuse; bind q $PEER 7200; sendto q $ACME 6001 hello; recv q"
check 'the listeners have seen nothing since' test "$(grep -c hello "$work/tenant.log")" = 2
finish
