#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: configuring the host's network
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

# in_host CGROUP COMMAND...: in the host's network, which a container may share.
in_host() {
	local cgroup=$1
	shift
	(echo "$BASHPID" >"$cgroup/cgroup.procs" && exec "$@")
}

wire_up
modprobe dummy numdummies=0
check 'control, no wall: a device' in_host "$OPEN" ip link add toy type dummy
check 'control, no wall: as the second message of a batch' in_host "$OPEN" netlink-batch toy
check 'control, no wall: by write' in_host "$OPEN" netlink-batch toy write
check 'control, no wall: SIOCSIFFLAGS' in_host "$OPEN" busybox ifconfig toy 192.0.2.1 up
guard_up
make_tenant acme
refused 'no device' 'not permitted' in_host "$WALLED" ip link add other type dummy
refused 'no address' 'not permitted' in_host "$WALLED" ip address add 192.0.2.7/24 dev toy
refused 'no route' 'not permitted' in_host "$WALLED" ip route add 198.51.100.0/24 dev lo
refused 'not as the second message of a batch' 'not permitted' in_host "$WALLED" netlink-batch toy
refused 'not by write' 'not permitted' in_host "$WALLED" netlink-batch toy write
refused 'no SIOCSIFADDR' 'not permitted' in_host "$WALLED" busybox ifconfig toy 192.0.2.2
refused 'no nftables' 'not permitted' in_host "$WALLED" nft add table inet acme
refused 'no family of generic netlink' 'not permitted|Operation' in_host "$WALLED" \
	netlink-batch toy generic
check 'it sees the devices' in_host "$WALLED" ip address show
check 'by ioctl too' in_host "$WALLED" busybox ifconfig toy
# In its own network its own devices stay its own.
check 'its own: a device' place "$WALLED" acme ip link add own type dummy
check 'its own: an address' place "$WALLED" acme ip address add 192.0.2.7/24 dev own
check 'its own: a pair' place "$WALLED" acme ip link add left type veth peer name right
check 'its own: by ioctl' place "$WALLED" acme busybox ifconfig own up
check 'its own: nftables' place "$WALLED" acme nft add table inet acme
# Packet filters come in one batch, however many there are: here 502 messages.
{
	printf 'table inet many {\nchain rules {\n'
	for ((port = 1; port <= 500; port++)); do echo "tcp dport $port accept"; done
	printf '}\n}\n'
} >"$work/many"
check 'its own: 500 rules of nftables at once' place "$WALLED" acme nft -f "$work/many"
rules() { in_netns acme nft list table inet many | grep -c dport; }
same 'its own: all of them are there' "$(rules)" 500
refused 'and none in the network of the host' 'not permitted' in_host "$WALLED" nft -f "$work/many"
ip link del toy

# A network that another tenant has for itself is as the host's.
must ip netns add theirs
make_tenant globex
change() { place "$WALLED" theirs "$@"; }
check "control, globex's network that is not claimed: a device" change ip link add toy type dummy
check 'control, not claimed: by ioctl' change busybox ifconfig toy 192.0.2.1 up
check 'control, not claimed: a sysctl' change sysctl -q -w net.ipv4.ip_forward=1
must cloison net claim globex theirs
refused "globex's network: no device" 'not permitted' change ip link add other type dummy
refused "globex's network: no nftables" 'not permitted' change nft add table inet acme
refused "globex's network: not by ioctl" 'not permitted|Operation' \
	change busybox ifconfig toy 192.0.2.2
refused "globex's network: no sysctl" 'not permitted|denied' \
	change sysctl -q -w net.ipv4.ip_forward=0
check 'globex itself may' place "$PEN/globex" theirs ip link add other type dummy
check 'its sysctl too' place "$PEN/globex" theirs sysctl -q -w net.ipv4.ip_forward=0
finish
