#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a task that enters another network namespace
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
# A second namespace with a way to the same wire's other end: in it nothing of
# the tenant's wall was ever set up.
must ip netns add back
must ip link add door address 02:00:00:00:00:03 netns back type veth \
	peer name door address 02:00:00:00:00:04 netns outside
must ip -n back addr add 10.8.0.1/24 dev door
must ip -n outside addr add 10.8.0.2/24 dev door
must ip -n back link set door up
must ip -n outside link set door up
must ip -n back neigh replace 10.8.0.2 lladdr 02:00:00:00:00:04 dev door nud permanent
must ip -n outside neigh replace 10.8.0.1 lladdr 02:00:00:00:00:03 dev door nud permanent
guard_up
make_tenant acme
session acme "$WALLED" acme
session other "$OPEN" acme

enter='netns /run/netns/back'
leaks 'control, no wall: UDP from there' other "$enter; socket s udp4; sendto s 10.8.0.2 7001 @"
leaks 'control, no wall: TCP from there' other \
	"socket s tcp4; connect s 10.8.0.2 7001; send s @; close s"
check 'the tenant enters too' try acme "$enter"
stays 'UDP from there' 'not permitted' acme "socket s udp4; sendto s 10.8.0.2 7001 @"
stays 'UDP from there, connected' 'not permitted' acme "socket s udp4; connect s 10.8.0.2 7001; send s @"
stays 'TCP from there' 'not permitted' acme "socket s tcp4; connect s 10.8.0.2 7001; send s @"
stays 'a raw socket there' 'not permitted' acme 'socket s raw4 17'

check 'the tenant enters the namespace of the peer' try acme 'netns /run/netns/outside'
leaks 'control, no wall: UDP by its loopback' outside "socket s udp4; sendto s 127.0.0.1 7001 @"
stays 'UDP by its loopback' 'not permitted' acme "socket s udp4; sendto s 127.0.0.1 7001 @"
stays 'TCP by its loopback' 'not permitted' acme "socket s tcp4; connect s 127.0.0.1 7001; send s @"

# The policy is the tenant's wherever it stands.
allow out 10.8.0.2 udp 7001
leaks 'control, allowed: UDP from there' acme "$enter; socket s udp4; sendto s 10.8.0.2 7001 @"
stays 'another port from there' 'not permitted' acme "socket s udp4; sendto s 10.8.0.2 7002 @"
finish
