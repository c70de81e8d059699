#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: raw sockets with forged headers, spoofed sources, ICMP, unknown protocols, fragments
# fresh
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
must mkdir "$WALLED"

# By raw sockets from before the wall: what the hooks on packets stop. All but
# the lies about the peer go to one that is allowed.
forged() {
	local to4="ip4 $ACME $PEER" to6="ip6 $ACME6 $PEER6" udp='udp 1000 7001'
	raw 'raw UDP with a header of its own' h4 "$PEER" plain4 "$to4" "$udp"
	raw 'raw UDP with a header of its own, IPv6' h6 "$PEER6" plain6 "$to6" "$udp"
	raw 'a header for another than sendto says' h4 "$PEER" lie4 "ip4 $ACME $OTHER" "$udp"
	raw 'a header for another than sendto says, IPv6' h6 "$PEER6" lie6 "ip6 $ACME6 $OTHER6" "$udp"
	raw 'a header for an allowed peer, sendto another' h4 "$OTHER" eil4 "$to4" "$udp"
	raw 'a spoofed source' h4 "$PEER" spoof4 "ip4 10.9.0.77 $PEER" "$udp"
	raw 'a spoofed source, IPv6' h6 "$PEER6" spoof6 "ip6 fd00:9::77 $PEER6" "$udp"
	raw 'a TCP segment without a connection' h4 "$PEER" syn "$to4" 'tcp 1000 7001 2'
	raw 'ICMP in a header of its own' h4 "$PEER" icmp "$to4" 'icmp 8'
	raw 'an unknown protocol' h4 "$PEER" proto4 "$to4 protocol=253"
	raw 'a non-first fragment' h4 "$PEER" later4 "$to4 fragment=0x0010 protocol=17"
	raw 'a tiny fragment' h4 "$PEER" tiny4 "$to4 fragment=0x2000" "$udp"
	raw 'the reserved bit of IPv4' h4 "$PEER" evil4 "$to4 fragment=0x8000" "$udp"
	raw 'a non-first fragment, IPv6' h6 "$PEER6" later6 "$to6" 'fragment 0x0100' "$udp"
	raw 'a tiny fragment, IPv6' h6 "$PEER6" tiny6 "$to6" 'fragment 0x0001' "$udp"
	raw 'a whole fragment with a reserved byte, IPv6' h6 "$PEER6" evil6 "$to6" 'fragment 0 7' "$udp"
	raw 'ICMP by a raw socket' i4 "$PEER" echo4 'icmp 8'
	raw 'ICMPv6 by a raw socket' i6 "$PEER6" echo6 'icmp 128'
	raw 'a router advertisement' i6 "$PEER6" router 'icmp 134'
	raw 'an unknown protocol by a raw socket' u4 "$PEER" raw253
	raw 'an unknown protocol by a raw socket, IPv6' u6 "$PEER6" raw6253
}

# A tenant does not get these sockets at all.
no_raw_sockets() {
	local kind
	for kind in header4 header6 'raw4 1' 'raw4 17' 'raw4 6' 'raw4 253' 'raw6 58' 'raw6 17'; do
		check "control, no wall: socket $kind" try open "socket s $kind; close s"
		refused "socket $kind" 'not permitted' try acme "socket s $kind"
	done
}

session acme "$WALLED" acme
must try acme 'socket h4 header4; socket h6 header6; socket i4 raw4 1; socket i6 raw6 58'
must try acme 'socket u4 raw4 253; socket u6 raw6 253'
forged
crafted leaks

guard_up
make_tenant acme --adopt
allow out "$PEER" any
allow out "$PEER6" any
leaks 'control, allowed: UDP, IPv4' acme "socket s udp4; sendto s $PEER 7001 @"
leaks 'control, allowed: UDP, IPv6' acme "socket s udp6; sendto s $PEER6 7001 @"
crafted stays
same 'they are counted: fragments' "$(count fragment)" 5
same 'they are counted: what contradicts itself' "$(count malformed)" 1
# The raw sockets get the kernel's own ICMP too, which is counted as well.
check 'they are counted: unknown protocols' test "$(count protocol)" -ge 3
check 'they are counted: what is not of its socket' test "$(count wrong_socket)" -ge 12
no_raw_sockets
# Root of the network adds it, which is as good as a lie.
must ip -n acme addr add 10.9.0.77/32 dev wire
lie() { echo "socket s udp4; bind s 10.9.0.77 $1; sendto s $2 7001 @; close s"; }
leaks 'control, no addresses given: another source, to an allowed peer' acme \
	"$(lie 1000 "$PEER")"
stays 'UDP with a spoofed source to a peer that is not allowed' 'not permitted' acme \
	"$(lie 1001 "$OTHER")"
must try acme 'socket early udp4; bind early 10.9.0.77 1002'
must cloison net address acme "$ACME,$ACME6"
refused 'no foreign address is taken' 'bind: Operation not permitted' try acme \
	'socket b udp4; bind b 10.9.0.77 1003'
same 'it is counted' "$(count not_own)" 1
stays 'a foreign address that was taken before the own ones were given' 'not permitted' acme \
	"sendto early $PEER 7001 @"
check 'so is the packet' test "$(count not_own)" -ge 2
stays 'UDP with a spoofed source, to an allowed peer' 'not permitted' acme \
	"$(lie 1000 "$PEER")"
leaks 'UDP with the own source' acme "socket s udp4; sendto s $PEER 7001 @; close s"
leaks 'UDP with the own source, IPv6' acme "socket s udp6; sendto s $PEER6 7001 @; close s"
finish
