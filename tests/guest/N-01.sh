#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: TCP and UDP by IPv4, IPv6, mapped addresses, re-addressing and fast open
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
guard_up
make_tenant acme
session acme "$WALLED" acme

ways() {
	local denied='not permitted'
	attempt 'UDP, IPv4' "$denied" "socket s udp4; sendto s $PEER 7001 @"
	attempt 'UDP, IPv6' "$denied" "socket s udp6; sendto s $PEER6 7001 @"
	attempt 'UDP, IPv4 in an IPv6 socket' "$denied" "socket s udp6; sendto s ::ffff:$PEER 7001 @"
	attempt 'UDP, connected' "$denied" "socket s udp4; connect s $PEER 7001; send s @"
	attempt 'UDP, connected, IPv6' "$denied" "socket s udp6; connect s $PEER6 7001; send s @"
	attempt 'UDP, connected, mapped' "$denied" "socket s udp6; connect s ::ffff:$PEER 7001; send s @"
	attempt 'TCP, IPv4' "$denied" "socket s tcp4; connect s $PEER 7001; send s @; close s"
	attempt 'TCP, IPv6' "$denied" "socket s tcp6; connect s $PEER6 7001; send s @; close s"
	attempt 'TCP, mapped' "$denied" "socket s tcp6; connect s ::ffff:$PEER 7001; send s @; close s"
	attempt 'TCP fast open by sendto' "$denied" "socket s tcp4; fastopen s $PEER 7001 @; close s"
	attempt 'TCP fast open by sendto, IPv6' "$denied" \
		"socket s tcp6; fastopen s $PEER6 7001 @; close s"
	attempt 'TCP fast open by connect' "$denied" \
		"socket s tcp4; set s fastopen; connect s $PEER 7001; send s @; close s"
}

# With one peer allowed, the others stay denied to the same socket.
readdressed() {
	local to="socket s udp4; connect s $PEER 7001"
	leaks 'control, allowed: UDP' acme "$to; send s @"
	leaks 'control, allowed: TCP' acme "socket s tcp4; connect s $PEER 7001; send s @; close s"
	leaks 'control, allowed: mapped' acme "socket s udp6; sendto s ::ffff:$PEER 7001 @"
	leaks 'control, allowed: IPv6' acme "socket s udp6; sendto s $PEER6 7001 @"
	attempt 'UDP sent to another address after connect' 'not permitted' "$to; sendto s $OTHER 7001 @"
	attempt 'UDP sent to another port after connect' 'not permitted' "$to; sendto s $PEER 7002 @"
	attempt 'UDP connected anew' 'not permitted' "$to; connect s $OTHER 7001; send s @"
	attempt 'IPv6 UDP connected, then sent to a mapped address' 'not permitted' \
		"socket s udp6; connect s $PEER6 7001; sendto s ::ffff:$OTHER 7001 @"
}

# A connected socket's send passes no hook but those on packets: they decide.
packets_decide() {
	must try acme "socket u udp4; connect u $PEER 7001; socket t tcp4; connect t $PEER 7001"
	leaks 'control, allowed: a connected UDP socket' acme 'send u @'
	leaks 'control, allowed: a TCP connection' acme 'send t @'
	forbid 1
	forbid 1
	stays 'a UDP socket connected before its rule went' 'not permitted' acme 'send u @'
	stays 'a TCP connection made before its rule went' - acme 'send t @'
}

ways
allow out "$PEER" udp 7001
allow out "$PEER" tcp 7001
allow out "$PEER6" udp 7001
readdressed
packets_decide
finish
