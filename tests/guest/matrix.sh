#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: random policies of 6 tenants: 2,000 flows by real sockets go as the definition says
# timeout: 900
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

probes=${MATRIX_PROBES:-2000} seed=${MATRIX_SEED:-20261128}
tenants=(0 1 2 3 4 5)

guard_up
must mkdir "$work/policies"
# All on one wire, a bridge in a network of its own.
must ip netns add wire
must in_netns wire sysctl -q -w net.ipv6.conf.all.disable_ipv6=1
must ip -n wire link add bridge type bridge mcast_snooping 0
must ip -n wire link set bridge up
for i in "${tenants[@]}"; do
	mac=02:00:00:00:08:0$((i + 1))
	must ip netns add "m$i"
	must in_netns "m$i" sysctl -q -w net.ipv6.conf.all.router_solicitations=0 \
		net.ipv4.ping_group_range='0 2147483647'
	must ip link add wire address "$mac" netns "m$i" type veth peer name "end$i" netns wire
	must ip -n wire link set "end$i" master bridge up
	batch="link set lo up\nlink set wire up\naddr add 10.8.0.$((i + 1))/24 dev wire\n"
	batch+="addr add fd00:8::$((i + 1))/64 dev wire nodad\n"
	for j in "${tenants[@]}"; do
		[ "$i" != "$j" ] || continue
		for peer in "10.8.0.$((j + 1))" "fd00:8::$((j + 1))"; do
			batch+="neigh replace $peer lladdr 02:00:00:00:08:0$((j + 1)) dev wire nud permanent\n"
		done
	done
	must ip -n "m$i" -batch <(printf '%b' "$batch")
	make_tenant "t$i" --address "10.8.0.$((i + 1)),fd00:8::$((i + 1))"
	must cloison net claim "t$i" "m$i"
	must mkdir "$PEN/t$i/tasks"
done
for i in "${tenants[@]}"; do wait_for_wires "m$i" wire wire "end$i"; done
check "every flow goes as the definition says, seed $seed" \
	cloison-vectors matrix "$probes" "$seed" "$PEN" "$work/policies"
note "executed $probes probes"
sed -n 's/^\(ok\|not ok\|#\)/# \1/p' "$work/output"
finish
