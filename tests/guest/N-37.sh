#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: rtnetlink that names another network namespace
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

# A container that runs without a user namespace but with CAP_NET_ADMIN: its network
# belongs to the first user namespace, and its root has rights over the host's.
wire_up
modprobe -a dummy macvlan 2>/dev/null
must ip link add nic type dummy
must ip link add victim type dummy
must ip link add outer type veth peer name inner netns acme
# The kernel gives the host's network a number as soon as somebody looks at the pair.
must ip -n acme link show inner
host=$(ip -n acme -j link show inner | jq '.[0].link_netnsid')
nic=$(</sys/class/net/nic/ifindex)

# Beside it a network of a user namespace: its own root has no rights over the host's.
mkfifo "$work/stay"
unshare -Urn sh -c "echo >$work/stay; exec sleep 600" &
other=$!
read -r <"$work/stay"

# on_device CGROUP COMMAND...: in the network of that user namespace, with the host's rights.
on_other() {
	local cgroup=$1
	shift
	(echo "$BASHPID" >"$cgroup/cgroup.procs" && exec nsenter "--net=/proc/$other/ns/net" "$@")
}

# The host's devices, without what moves by itself.
devices() { ip -o link show | sed 's/ state .*//; s/ master .*//' | cut -d: -f2 | sort | tr -d '\n'; }

control() { check "control, no wall: $1" place "$OPEN" acme "${@:2}"; }
no() { refused "$1" 'not permitted' place "$WALLED" acme "${@:2}"; }

move_by_fd() { netlink-say set "index=$1" 28:3 3</proc/1/ns/net; }
export -f move_by_fd
add_mover() {
	must ip -n acme link add mover type dummy
	mover=$(ip -n acme -j link show mover | jq '.[0].ifindex')
}

control 'a macvlan on the NIC of the host' netlink-say new create 3=mv0 "5:$nic" "37:$host" '18{' 1=macvlan '}'
must ip -n acme link del mv0
control 'a pair with its other end in the host' ip link add leak type veth peer name leak1 netns 1
check 'control: it is there' ip link show leak1
must ip -n acme link del leak
control 'a device of the host is deleted' netlink-say del 3=victim "46:$host"
refused 'control: it is gone' 'does not exist' ip link show victim
must ip link add victim type dummy
control 'a device is made in the host' netlink-say new create 3=made "46:$host" '18{' 1=dummy '}'
must ip link del made
add_mover
control 'a device moves to the host, by process' ip link set mover netns 1
must ip link del mover
add_mover
control 'a device moves to the host, by descriptor' bash -c "move_by_fd $mover"
must ip link del mover
add_mover
control 'a number for another network' netlink-say nsid 1:77 2:$other
control 'the devices of the host are shown' netlink-say get index=1 "46:$host"
control 'of a pair in a netkit' ip link add kit type netkit peer name kit1 netns 1
must ip -n acme link del kit
check 'control, no wall: from a network of another user namespace' \
	on_other "$OPEN" ip link add side type veth peer name side1 netns 1
must ip link del side1

guard_up
make_tenant acme
before=$(devices)
no 'a macvlan on the NIC of the host' netlink-say new create 3=mv0 "5:$nic" "37:$host" '18{' 1=macvlan '}'
no 'a pair with its other end in the host' ip link add leak type veth peer name leak1 netns 1
no 'a pair of which the first end is in the host' ip link add leak netns 1 type veth peer name leak1
no 'the same, said twice' netlink-say new create 3=leak '18{' 1=veth '2{' '1{' head 3=leak1 '}' '}' '}' \
	'18{' 1=veth '2{' '1{' head 3=leak2 19:1 '}' '}' '}'
no 'the same in a netkit' ip link add kit type netkit peer name kit1 netns 1
no 'a device of the host is deleted' netlink-say del 3=victim "46:$host"
no 'a device is made in the host' netlink-say new create 3=made "46:$host" '18{' 1=dummy '}'
no 'a device moves to the host, by process' ip link set mover netns 1
no 'a device moves to the host, by descriptor' bash -c "move_by_fd $mover"
no 'the type with flag bits' netlink-say set "index=$mover" 32787:1
no 'a number for another network' netlink-say nsid 1:78 2:1
no 'the devices of the host are shown' netlink-say get index=1 "46:$host"
no 'behind a message that asks only' netlink-say get index=1 del 3=victim "46:$host"
refused 'from a network of another user namespace' 'not permitted' \
	on_other "$WALLED" ip link add side type veth peer name side1 netns 1
refused 'from the network of the host' 'not permitted' \
	within_cgroup "$WALLED" netlink-say get index=1 "46:$host"
same 'the host has the same devices as before' "$(devices)" "$before"

# What names no other network goes on.
check 'a pair of its own' place "$WALLED" acme ip link add left type veth peer name right
check 'a netkit of its own' place "$WALLED" acme ip link add kit type netkit peer name kit1
check 'a macvlan on a device of its own' place "$WALLED" acme \
	ip link add link left name mv1 type macvlan
check 'its devices are shown' place "$WALLED" acme ip -d link show
# Networks of a user namespace of its own are all its own.
check 'rootless: a pair to another network of its own' place "$WALLED" acme unshare -Urnm sh -c '
	mount -t tmpfs none /run && ip netns add inner &&
	ip link add near type veth peer name far netns inner && ip -n inner link show far'
kill "$other"
for device in nic victim; do ip link del "$device"; done
finish
