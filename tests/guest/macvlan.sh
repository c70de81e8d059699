#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: F-34 a macvlan in a tenant's network: its sockets are judged, what is made below them is not
# timeout: 200
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

#	netns acme  wire (macvlan)  on  parent, of the host  =====  netns outside  wire
wire_up() {
	local netns
	must modprobe macvlan
	must ip netns add acme
	must ip netns add outside
	must ip link add parent type veth peer name wire address "$PEER_MAC" netns outside
	must ip link set parent up
	must ip link add wire link parent address "$ACME_MAC" netns acme type macvlan mode bridge
	for netns in acme outside; do
		must in_netns "$netns" sysctl -q -w net.ipv6.conf.all.router_solicitations=0
	done
	must wire_end acme "$ACME_MAC" "$ACME" "$ACME6" -- "$PEER_MAC" "$PEER" "$OTHER" "$PEER6" "$OTHER6"
	must wire_end outside "$PEER_MAC" "$PEER" "$OTHER" "$PEER6" "$OTHER6" -- "$ACME_MAC" "$ACME" "$ACME6"
	wait_for_wires acme wire outside wire
	must mkdir -p "$OPEN"
}

net_up
guard_up
make_tenant acme --address "$ACME,$ACME6"
allow out "$PEER" udp 7001
session acme "$WALLED" acme
to() { echo "socket s udp4; sendto s $PEER $1 @; close s"; }

leaks 'control, no wall: a port that no rule allows' open "$(to 7002)"
leaks 'what a rule allows' acme "$(to 7001)"
stays 'a port that no rule allows' 'not permitted' acme "$(to 7002)"
must ip -n acme addr add 10.9.0.77/32 dev wire
stays 'a source that is not its own' 'not permitted' acme \
	"socket t udp4; bind t 10.9.0.77 1000; sendto t $PEER 7001 @; close t"
refused 'it is not attached' 'device wire is not an end of a veth or netkit, and not a tap, but of kind macvlan' \
	in_netns acme cloison net attach acme wire
refused 'the tenant has no socket for frames' 'not permitted|not supported' \
	try acme 'socket frames packet; device frames wire'
must try open 'socket frames packet; device frames wire'
gap 'a frame that was made below the sockets' open \
	"hex frames $(net-craft "eth $ACME_MAC $PEER_MAC" "ip4 10.9.0.77 $PEER" 'udp 1000 7001' 'data word-forged')" \
	word-forged
finish
