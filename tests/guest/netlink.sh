#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: 20,000 netlink calls: the LSM program says of each what the walk says here
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

seed=${NETLINK_SEED:-20261128}
note "seed $seed"

# compare CALLS PLACE: by a task without capabilities, to which the kernel itself
# refuses changes, but only after the LSM.
compare() { netlink-fuzz guard /tests/fuzz/netlink.corpus "$seed" "$1" "$2"; }
export -f compare
export seed

wire_up
check 'what iproute2, networkd, netavark and CNI plugins send is allowed where it should be' \
	netlink-fuzz corpus /tests/fuzz/netlink.corpus
refused 'control, no wall: nothing is refused' 'the walk refuses, the guard says 0' \
	place "$OPEN" acme bash -c 'compare 200 first'
guard_up
make_tenant acme
check '10,000 in a network of the first user namespace' place "$WALLED" acme bash -c 'compare 10000 first'
check '5,000 in a network of a user namespace' place "$WALLED" acme unshare -Urn bash -c 'compare 5000 other'
check '5,000 in the network of the host' within_cgroup "$WALLED" bash -c 'compare 5000 host'
finish
