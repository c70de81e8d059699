#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: rtnetlink that names another network namespace
# shellcheck disable=SC2046 # words of netlink-say
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

# A container that runs without a user namespace but with CAP_NET_ADMIN: its network
# belongs to the first user namespace, and its root has rights over the host's.
wire_up
modprobe -a dummy macvlan 2>/dev/null
must ip link add nic type dummy
must ip link add victim type dummy
must ip link add outer type veth peer name inner netns acme
# The kernel gives the host's network a number as soon as a task looks at the pair.
must ip -n acme link show inner
host=$(ip -n acme -j link show inner | jq '.[0].link_netnsid')
nic=$(</sys/class/net/nic/ifindex)

# Beside it a network of a user namespace: its own root has no rights over the host's.
mkfifo "$work/stay"
unshare -Urn sh -c "echo >$work/stay; exec sleep 600" &
other=$!
read -r <"$work/stay"
# A tenant does not get at these in /proc; a descriptor may have come to it otherwise.
exec {host_fd}</proc/1/ns/net {other_fd}<"/proc/$other/ns/net"

# on_other CGROUP COMMAND...: in the network of that user namespace, with the host's rights.
on_other() {
	local cgroup=$1
	shift
	(echo "$BASHPID" >"$cgroup/cgroup.procs" && exec nsenter "--net=/proc/self/fd/$other_fd" "$@")
}

# The host's devices, without what moves by itself.
devices() { ip -o link show | sed 's/ state .*//; s/ master .*//' | cut -d: -f2 | sort | tr -d '\n'; }

control() { check "control, no wall: $1" place "$OPEN" acme "${@:2}"; }
no() { refused "$1" 'not permitted' place "$WALLED" acme "${@:2}"; }

# pair KIND NAME [WORD...]: two devices; the words are of the second one.
pair() {
	local kind=$1 name=$2
	shift 2
	echo "new create 3=$name 18{ 1=$kind 2{ 1{ head 3=${name}1 $* } } }"
}
add_mover() {
	must ip -n acme link add mover type dummy
	mover=$(ip -n acme -j link show mover | jq '.[0].ifindex')
}

control 'a macvlan on the NIC of the host' netlink-say new create 3=mv0 "5:$nic" "37:$host" '18{' 1=macvlan '}'
must ip -n acme link del mv0
control 'a pair with its other end in the host' netlink-say $(pair veth leak 19:1)
check 'control: it is there' ip link show leak1
must ip -n acme link del leak
control 'a device of the host is deleted' netlink-say del 3=victim "46:$host"
refused 'control: it is gone' 'does not exist' ip link show victim
must ip link add victim type dummy
control 'a device is made in the host' netlink-say new create 3=made "46:$host" '18{' 1=dummy '}'
must ip link del made
add_mover
control 'a device moves to the host, by process' netlink-say set "index=$mover" 19:1
must ip link del mover
add_mover
control 'a device moves to the host, by descriptor' netlink-say set "index=$mover" "28:$host_fd"
must ip link del mover
add_mover
control 'a number for another network' netlink-say nsid 1:77 "3:$other_fd"
control 'the devices of the host are shown' netlink-say get index=1 "46:$host"
control 'of a pair in a netkit' netlink-say $(pair netkit kit 19:1)
must ip -n acme link del kit
check 'control, no wall: from a network of another user namespace' \
	on_other "$OPEN" netlink-say $(pair veth side 19:1)
must ip link del side1

guard_up
make_tenant acme
before=$(devices)
no 'a macvlan on the NIC of the host' netlink-say new create 3=mv0 "5:$nic" "37:$host" '18{' 1=macvlan '}'
no 'a pair with its other end in the host' netlink-say $(pair veth leak 19:1)
no 'a pair of which the first end is in the host' netlink-say $(pair veth leak) 19:1
no 'the same, said twice' netlink-say new create 3=leak '18{' 1=veth '2{' '1{' head 3=leak1 '}' '}' '}' \
	'18{' 1=veth '2{' '1{' head 3=leak2 19:1 '}' '}' '}'
no 'the same in a netkit' netlink-say $(pair netkit kit 19:1)
no 'a device of the host is deleted' netlink-say del 3=victim "46:$host"
no 'a device is made in the host' netlink-say new create 3=made "46:$host" '18{' 1=dummy '}'
no 'a device moves to the host, by process' netlink-say set "index=$mover" 19:1
no 'a device moves to the host, by descriptor' netlink-say set "index=$mover" "28:$host_fd"
no 'the type with flag bits' netlink-say set "index=$mover" 32787:1
no 'a number for another network' netlink-say nsid 1:78 "3:$other_fd"
no 'the devices of the host are shown' netlink-say get index=1 "46:$host"
no 'behind a message that asks only' netlink-say get index=1 del 3=victim "46:$host"
refused 'from a network of another user namespace' 'not permitted' \
	on_other "$WALLED" netlink-say $(pair veth side 19:1)
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
