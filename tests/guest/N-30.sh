#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: on the host's end: headers cut at every byte, tags, protocols nobody judges
# timeout: 420
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-host.sh

host_up
# All that is well formed may go; what is stopped is stopped for its form.
allow out "$PEER" any
allow out "$PEER6" any
to="eth $ACME_MAC $PEER_MAC"

ip4="ip4 $ACME $PEER"
tagged 'a VLAN tag' tag1 810000050800 "$ip4" 'udp 1000 7001'
tagged 'QinQ' tag2 88a80005810000060800 "$ip4" 'udp 1000 7001'
tagged 'an unknown ethertype' tag3 88b5 "$ip4" 'udp 1000 7001'
tagged 'a frame of LLC' tag4 0040 "$ip4" 'udp 1000 7001'
frame 'GRE' proto1 "$to" "ip4 $ACME $PEER protocol=47"
frame 'ESP' proto2 "$to" "ip4 $ACME $PEER protocol=50"
frame 'IP in IP' proto3 "$to" "ip4 $ACME $PEER protocol=4" "$ip4" 'udp 1000 7001'
frame 'protocol 253' proto4 "$to" "ip4 $ACME $PEER protocol=253"
frame 'a first fragment' frag1 "$to" "$ip4 fragment=0x2000" 'udp 1000 7001'
frame 'a later fragment' frag2 "$to" "ip4 $ACME $PEER protocol=17 fragment=0x0010"
frame 'IPv4 options' opt1 "$to" "$ip4 options=01010100" 'udp 1000 7001'
frame 'a routing header' ext1 "$to" "ip6 $ACME6 $PEER6" 'extension 43 000000000000' 'udp 1000 7001'
frame 'an IPv6 fragment' ext2 "$to" "ip6 $ACME6 $PEER6" 'fragment 1' 'udp 1000 7001'

reached() { ip -n outside -s -j link show dev wire | jq '.[0].stats64.rx.packets'; }

have_reached() { [ "$(reached)" -ge "$1" ]; }

# cuts HEX LENGTH WHAT all|none: all its beginnings; how many reach the other end.
# What is cut off in its header a witness takes for nothing that it knows.
cuts() {
	local hex=$1 length=$2 what=$3 at before
	settle
	before=$(reached)
	for ((at = 15; at < length; at++)); do
		must try open "hex frames ${hex:0:at * 2}"
	done
	case $4 in
	all) within "control, not attached: $what" 20 have_reached $((before + length - 15)) ;;
	none)
		settle
		same "$what, nothing but the fence passes" "$(($(reached) - before))" 1
		;;
	esac
}

udp4=$(net-craft "$to" "$ip4" 'udp 1000 7001' 'data end')
tcp4=$(net-craft "$to" "$ip4" 'tcp 1000 7001 2')
udp6=$(net-craft "$to" "ip6 $ACME6 $PEER6" 'extension 60 010400000000' 'udp 1000 7001' 'data end')
arp=${PEER_MAC//:/}${ACME_MAC//:/}08060001080006040001${ACME_MAC//:/}0a0900010000000000000a090002
frames leaks
cuts "$udp4" $((14 + 20 + 8)) 'UDP over IPv4 cut at every byte' all
cuts "$udp6" $((14 + 40 + 8 + 8)) 'UDP over IPv6 with an option cut at every byte' all
host_attach
leaks 'control, attached: the whole of it passes' open "hex frames $(net-craft "$to" "$ip4" 'udp 1000 7001' 'data word-whole')" word-whole
frames stays
cuts "$udp4" $((14 + 20 + 8)) 'UDP over IPv4 cut at every byte' none
cuts "$tcp4" $((14 + 20 + 20)) 'TCP over IPv4 cut at every byte' none
cuts "$udp6" $((14 + 40 + 8 + 8)) 'UDP over IPv6 with an option cut at every byte' none
# What the kernel says by itself is left out of what came, so this goes by the count.
before=$(count neighbours)
cut=$(count truncated)
for ((at = 15; at < 42; at++)); do must try open "hex frames ${arp:0:at * 2}"; done
same 'ARP cut at every byte' "$(count neighbours)" "$before"
same 'is counted as cut off' "$(($(count truncated) - cut))" 27
check 'control: the whole of it passes' try open "hex frames $arp"
check 'and is counted' [ $(($(count neighbours) - before)) -ge 1 ]
for reason in link protocol fragment options extensions truncated; do
	check "counted: $reason" [ "$(count $reason)" -ge 1 ]
done
finish
