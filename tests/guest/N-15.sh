#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: tunnels whose outer destination is denied: VXLAN, GRE, IP in IP
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-host.sh

host_up
# The inner flow is allowed; the outer one is what the host judges.
allow out 10.8.0.0/16 udp 7001

# tunnel NAME SUBNET TYPE OPTION...: a device over the wire, to $OTHER
tunnel() {
	local name=$1 subnet=$2
	shift 2
	must ip -n acme link add "$name" type "$@"
	must ip -n acme addr add "$subnet.1/24" dev "$name"
	must ip -n acme link set "$name" up
}

tunnels() {
	tunnel vx 10.8.1 vxlan id 5 local "$ACME" remote "$OTHER" dstport 4789 noudpcsum
	must ip -n acme neigh replace 10.8.1.2 lladdr 02:00:00:00:08:02 dev vx nud permanent
	tunnel gr 10.8.2 gre local "$ACME" remote "$OTHER"
	tunnel ipip 10.8.3 ipip local "$ACME" remote "$OTHER"
}

tunnels
check 'sockets' try open 'socket t udp4'
for kind in 'VXLAN 1' 'GRE 2' 'IP-in-IP 3'; do
	leaks "control, not attached: through ${kind% *}" open "sendto t 10.8.${kind#* }.2 7001 @"
done
# A network that has some is not taken; what is made in it later is judged.
for device in vx gr ipip; do must ip -n acme link del "$device"; done
host_attach
tunnels
for kind in 'VXLAN 1' 'GRE 2' 'IP-in-IP 3'; do
	stays "through ${kind% *}" - open "sendto t 10.8.${kind#* }.2 7001 @"
done
check 'GRE and IP in IP are counted as protocols' [ "$(count protocol)" -ge 2 ]

# A tunnel to where UDP is allowed is a datagram like any other.
allow out "$OTHER" udp 4789
leaks 'VXLAN to a peer that a rule allows' open 'sendto t 10.8.1.2 7001 @'
finish
