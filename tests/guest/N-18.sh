#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: vsock, netlink families that reconfigure, RDMA device nodes
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

wire_up
modprobe vsock_loopback 2>/dev/null || modprobe vsock
must mknod "$work/uverbs0" c 231 192
session open "$OPEN" acme
check 'control, no wall: vsock' try open 'socket s vsock'
for protocol in 6 9 11 20; do
	try open "socket n netlink $protocol" >/dev/null && note "control: netlink $protocol opens" &&
		opened+=" $protocol"
done
check 'control, no wall: a netlink family that reconfigures' [ -n "${opened:-}" ]
refused 'control, no wall: only the device is missing' 'No such device' \
	place "$OPEN" acme cat "$work/uverbs0"
guard_up
make_tenant acme
session acme "$WALLED" acme
refused 'no vsock, as on a kernel without it' 'Address family not supported' try acme 'socket s vsock'
# XFRM, audit, connector, RDMA
for protocol in 6 9 11 20; do
	refused "no netlink $protocol, as on a kernel without it" 'Protocol not supported' try acme "socket n netlink $protocol"
done
check 'route, which an ip command needs' try acme 'socket n netlink 0'
check 'and so does it' place "$WALLED" acme ip link show
refused 'no RDMA node' 'not permitted' place "$WALLED" acme cat "$work/uverbs0"
finish
