#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: joining groups: IGMP and MLD; what the kernel of a tenant says by itself
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-host.sh

host_up
allow out "$PEER" udp 7001
allow out "$PEER6" udp 7001

said() { grep -Ec "$1" "$work/outside.log"; }
IGMP='^frame ip4 2 10\.9\.0\.1 '
MLD='^frame ip6 (0|58) .* to ff02::16 '
more() { [ "$(said "$1")" -gt "$2" ]; }

# joins WHAT GROUP PATTERN: acme's kernel tells the wire.
joins() {
	local before
	before=$(said "$3")
	must ip -n acme addr add "$2" dev wire autojoin
	within "$1" 20 more "$3" "$before"
}

# Both have an option for routers, which is where the parser leaves them.
stopped() { echo $(($(count options) + $(count extensions))); }
was_stopped() { [ "$(stopped)" -gt "$1" ]; }

joins_in_vain() {
	local before counted
	settle
	before=$(said "$3") counted=$(stopped)
	must ip -n acme addr add "$2" dev wire autojoin
	within "$1: it is counted" 60 was_stopped "$counted"
	settle
	same "$1" "$(said "$3")" "$before"
}

joins 'control, not attached: IGMP' 239.1.2.3/32 "$IGMP"
joins 'control, not attached: MLD' ff05::123/128 "$MLD"
host_attach
joins_in_vain 'IGMP' 239.1.2.4/32 "$IGMP"
joins_in_vain 'MLD' ff05::124/128 "$MLD"

# Neighbours are found, each by its protocol.
must ip -n acme neigh flush dev wire nud permanent
must ip -n outside neigh flush dev wire nud permanent
leaks 'ARP: the peer is found' open "socket a udp4; sendto a $PEER 7001 @"
leaks 'neighbour discovery: the peer is found' open "socket b udp6; sendto b $PEER6 7001 @"
check 'that is counted' [ "$(count neighbours)" -ge 4 ]

# From here on each counts: the kernels, which probe a neighbour some seconds after they
# found it, have no reason to.
must ip -n acme neigh replace "$PEER6" lladdr "$PEER_MAC" dev wire nud permanent
must ip -n outside neigh replace "$ACME6" lladdr "$ACME_MAC" dev wire nud permanent
# But for nobody else: an answer, a request, the frame of another than the answer.
# arp FROM OPERATION LINK ADDRESS
arp() { printf '%s' "${PEER_MAC//:/}${1//:/}0806000108000604000$2${3//:/}$4${PEER_MAC//:/}0a090002"; }
own=$(count not_own) link=$(count link_address)
must try open "hex frames $(arp "$ACME_MAC" 2 "$ACME_MAC" 0a090003)"
must try open "hex frames $(arp "$ACME_MAC" 1 "$ACME_MAC" 0a090003)"
must try open "hex frames $(arp 02:00:00:00:00:07 2 "$ACME_MAC" 0a090001)"
settle
same 'ARP as another is refused, each time' "$(($(count not_own) - own))" 2
same 'and by the frame of another too' "$(($(count link_address) - link))" 1
neighbours=$(count neighbours)
must try open "hex frames $(arp "$ACME_MAC" 2 "$ACME_MAC" 0a090001)"
check 'what it says of itself passes' [ "$(count neighbours)" -gt "$neighbours" ]
finish
