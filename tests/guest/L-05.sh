#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: tasks that enter while a tenant is removed
# fresh
# timeout: 400
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-pen.sh

net_up
guard_up
must mkdir "$CGROUPS/free"
rush_begin free "$CGROUPS/free" acme
from=${#seen[@]}
check 'control, no pen: who enters is heard' await 'rush-free-' "$from"
rush_end free

make_tenant acme
allow out "$PEER" udp 7001
session acme "$WALLED" acme
leaks 'control: what a rule allows passes' acme "socket s udp4; sendto s $PEER 7001 @"
rush_begin acme "$WALLED" acme
for round in {1..6}; do
	rush_goes_on "round $round: who enters the tenant is refused" acme
	check "round $round: the tenant is removed under them" cloison tenant remove acme --force
	rush_goes_on "round $round: who enters then is refused" acme
	stays "round $round: so is a socket of before, whatever was allowed" - acme "sendto s $PEER 7001 @"
	check "round $round: it is made again" cloison tenant add acme --quota 64M --cgroup "$WALLED" --adopt
	allow out "$PEER" udp 7001
	leaks "round $round: and its rule counts" acme "sendto s $PEER 7001 @"
done

# Killed at each step of its way: what is left denies, and the next one ends it.
# The kinds of bpf(2): 2 writes an entry, 3 deletes one, 7 opens a map.
for kind in 2 3; do
	for n in {1..12}; do
		status=0
		bpf-nth kill $kind "$n" cloison tenant remove acme --force >"$work/output" 2>&1 || status=$?
		[ "$status" != 99 ] || break
		rush_goes_on "killed at call $n of kind $kind: who enters is refused" acme
		cloison tenant show acme >"$work/output" 2>&1 && must cloison tenant remove acme --force
		check "after call $n of kind $kind it is made again" cloison tenant add acme --quota 64M --cgroup "$WALLED" --adopt
	done
	check "kind $kind has been to its end" [ "$status" = 99 ]
	cloison tenant show acme >"$work/output" 2>&1 || must cloison tenant add acme --quota 64M --cgroup "$WALLED" --adopt
done
check 'the guard is whole' cloison guard show
rush_end acme
same 'nothing arrived' "$(rush_arrived acme)" 0
finish
