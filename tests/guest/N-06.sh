#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: multicast, broadcast, and UDP larger than the MTU
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
guard_up
make_tenant acme
session acme "$WALLED" acme

ways() {
	local group4=239.1.2.3 group6=ff15::1234 denied='not permitted'
	attempt 'multicast, IPv4' "$denied" \
		"socket s udp4; set s multicast4 wire; sendto s $group4 7001 @"
	attempt 'multicast, IPv4, connected' "$denied" \
		"socket s udp4; set s multicast4 wire; connect s $group4 7001; send s @"
	attempt 'multicast, IPv6' "$denied" \
		"socket s udp6; set s multicast6 wire; sendto s $group6 7001 @"
	attempt 'multicast, IPv6, to all nodes of the link' "$denied" \
		"socket s udp6; sendto s ff02::1%wire 7001 @"
	attempt 'broadcast of the subnet' "$denied" \
		"socket s udp4; set s broadcast; sendto s 10.9.0.255 7001 @"
	attempt 'broadcast to all' "$denied" \
		"socket s udp4; set s broadcast; set s device wire; sendto s 255.255.255.255 7001 @"
	attempt 'UDP larger than the MTU, IPv4' "$denied" \
		"socket s udp4; bigto s $PEER 7001 @ 4000" 'udp 7001 from .*@'
	attempt 'UDP larger than the MTU, IPv6' "$denied" \
		"socket s udp6; bigto s $PEER6 7001 @ 4000" 'udp 7001 from .*@'
	attempt 'UDP larger than the MTU, mapped' "$denied" \
		"socket s udp6; bigto s ::ffff:$PEER 7001 @ 60000" 'udp 7001 from .*@'
}

# What a rule allows passes whole, whatever its size, and opens nothing beside.
allowed() {
	leaks 'allowed: UDP larger than the MTU' acme \
		"socket s udp4; bigto s $PEER 7001 @ 4000" 'udp 7001 from .*@'
	leaks 'allowed: and its reply, which is as large' acme \
		"socket s udp4; bigto s $PEER 7001 @ 4000; recv s" 'udp 7001 from .*@'
	leaks 'allowed: a group' acme \
		"socket s udp4; set s multicast4 wire; sendto s 239.1.2.3 7001 @"
	stays 'another group' 'not permitted' acme \
		"socket s udp4; set s multicast4 wire; sendto s 239.1.2.4 7001 @"
	stays 'broadcast, with one peer of the subnet allowed' 'not permitted' acme \
		"socket s udp4; set s broadcast; sendto s 10.9.0.255 7001 @"
}

ways
allow out "$PEER" udp 7001
allow out 239.1.2.3 udp 7001
allowed
# Without the hooks on calls: the large datagram of a connected socket.
try acme "socket s udp4; connect s $PEER 7001" >/dev/null
leaks 'control, allowed: a connected socket' acme "bigto s $PEER 7001 @ 4000"
forbid 1
stays 'UDP larger than the MTU by a connected socket whose rule went' 'not permitted' acme \
	"send s @$(printf '.%.0s' {1..4000})"
finish
