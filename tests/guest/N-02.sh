#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: TCP and UDP from a cgroup below the tenant's
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
guard_up
make_tenant acme
# One is there before the tasks, as a container's; one a task makes and enters.
must mkdir -p "$WALLED/pod/container"
session acme "$WALLED/pod/container" acme
session below "$WALLED" acme
must mkdir "$WALLED/own"
must try below "cgroup $WALLED/own"

for who in acme below; do
	note "session $who"
	stays 'UDP' 'not permitted' $who "socket s udp4; sendto s $PEER 7001 @"
	stays 'UDP, connected' 'not permitted' $who "socket s udp4; connect s $PEER 7001; send s @"
done
attempt 'UDP, IPv4' 'not permitted' "socket s udp4; sendto s $PEER 7001 @"
attempt 'UDP, IPv6' 'not permitted' "socket s udp6; sendto s $PEER6 7001 @"
attempt 'UDP, mapped' 'not permitted' "socket s udp6; sendto s ::ffff:$PEER 7001 @"
attempt 'TCP, IPv4' 'not permitted' "socket s tcp4; connect s $PEER 7001; send s @; close s"
attempt 'TCP, IPv6' 'not permitted' "socket s tcp6; connect s $PEER6 7001; send s @; close s"
attempt 'TCP fast open' 'not permitted' "socket s tcp4; fastopen s $PEER 7001 @; close s"

# The tenant's policy is that of all below it, and a rule opens no more there.
allow out "$PEER" udp 7001
for who in acme below; do
	leaks "control, allowed: UDP from session $who" $who "socket s udp4; sendto s $PEER 7001 @"
	stays "UDP to what is not allowed from session $who" 'not permitted' $who \
		"socket s udp4; sendto s $OTHER 7001 @"
done
try acme "socket s udp4; connect s $PEER 7001" >/dev/null
leaks 'control, allowed: a connected socket' acme 'send s @'
forbid 1
stays 'a connected socket after its rule went' 'not permitted' acme 'send s @'
finish
