#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a neighbour's link layer address as source, which would bring the neighbour's frames
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-host.sh

host_up
allow out "$PEER" udp 7001

# Where the bridge would send what is for the peer.
port_of_peer() { bridge -n host fdb show br bridge | grep -i "^$PEER_MAC .*master" | grep -v permanent | sed 's/.* dev \([^ ]*\).*/\1/'; }
peer_is_at() { [ "$(port_of_peer)" = "$1" ]; }
peer_speaks() {
	must try outside "socket p packet; device p wire; hex p $(net-craft "eth $PEER_MAC $ACME_MAC" "ip4 $PEER 10.9.0.99" 'udp 1 1' 'data x'); close p"
	within "$1" 20 peer_is_at outside0
}

frame 'UDP with the peer'"'"'s link address' mac1 "eth $PEER_MAC 02:00:00:00:00:99" "ip4 $ACME $PEER" 'udp 1000 7001'
frame 'IPv6 with it' mac2 "eth $PEER_MAC 02:00:00:00:00:99" "ip6 $ACME6 $PEER6" 'udp 1000 7001'
# ARP with its own protocol address, from the frame of another; nobody answers.
arp=ffffffffffff${PEER_MAC//:/}08060001080006040001${PEER_MAC//:/}0a0900010000000000000a090063

peer_speaks 'the bridge knows where the peer is'
# Sent again until it is seen: the peer may speak at any time, and be found again.
taken() { try open "$1" && peer_is_at acme0; }
within 'control, not attached: the bridge takes acme for the peer' 20 taken "hex frames $arp"
peer_speaks 'until the peer speaks'
for i in "${!crafted_what[@]}"; do
	within "control, not attached: ${crafted_what[i]}" 20 taken "${crafted_calls[i]}"
	peer_speaks 'until the peer speaks again'
done

host_attach
same 'the address of the other end is known' "$(device_says mac)" "$ACME_MAC"
before=$(count link_address)
for i in "${!crafted_what[@]}"; do
	must try open "${crafted_calls[i]}"
	settle
	check "${crafted_what[i]}: the bridge is not deceived" peer_is_at outside0
done
must try open "hex frames $arp"
settle
check 'ARP: the bridge is not deceived' peer_is_at outside0
same 'each is counted' "$(($(count link_address) - before))" $((${#crafted_what[@]} + 1))
leaks 'its own address passes' open "hex frames $(net-craft "eth $ACME_MAC $PEER_MAC" "ip4 $ACME $PEER" 'udp 1000 7001' 'data word-own')" word-own

# The peer moves, and tells: the tenant hears it. As the tenant it cannot.
moved=02:00:00:00:00:22
tells() { must try outside "socket g packet; device g wire; hex g ffffffffffff${moved//:/}0806000108000604000$1${moved//:/}$2${3:-000000000000}$2; close g"; }
knows() { ip -n acme neigh show "$PEER" dev wire | grep -q "lladdr $1"; }
for operation in 1 2; do
	must ip -n acme neigh replace "$PEER" lladdr "$PEER_MAC" dev wire nud stale
	tells $operation 0a090002 "${moved//:/}"
	within "gratuitous ARP of a peer arrives (operation $operation)" 20 knows $moved
done
own=$(count not_own)
tells 1 0a090001
settle
check 'that with the tenant'"'"'s own address does not' [ "$(count not_own)" -gt "$own" ]

# ---- what can be attached -----------------------------------------------------------

must ip -n host link add other address 02:00:00:00:00:05 type veth peer name other0 address "$ACME_MAC"
make_tenant globex --address 10.9.0.5
refused 'a second device with that address is refused' 'has the link layer address of device acme0' \
	in_host cloison net attach globex other
check 'with one of its own it is not' in_host cloison net attach globex other0
refused 'a bridge is not attached' 'not an end of a veth' in_host cloison net attach globex bridge
must modprobe tun
must ip -n host tuntap add tap0 mode tap
refused 'of a tap the address must be given' 'add --mac' in_host cloison net attach globex tap0
refused 'which must be one' 'link layer address' in_host cloison net attach globex tap0 --mac 10.9.0.5
check 'then it is attached' in_host cloison net attach globex tap0 --mac 02:00:00:00:00:06
check 'detached' in_host cloison net detach acme acme0
check 'attached with another address than it has' in_host cloison net attach acme acme0 --mac 02:00:00:00:00:07
before=$(count link_address)
must try open "hex frames $(net-craft "eth $ACME_MAC $PEER_MAC" "ip4 $ACME $PEER" 'udp 1000 7001' 'data word-late')"
more() { [ "$(count link_address)" -gt "$before" ]; }
within 'its frames are counted and dropped then' 20 more
check 'none has arrived' never_wrote outside word-late
finish
