#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: kernel senders on the tenant's behalf: network file systems, tunnels, SMC
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
# All that is looked for below is there already: to load it may take long.
modprobe -a vxlan ip_gre smc 9p 9pnet_fd 2>/dev/null
mkdir -p "$work/mount"
# A kernel sender that connects at once: the frames that it sends are the proof. It
# then waits for an answer that does not come.
mounts=(mount -t 9p -o "trans=tcp,port=7001,version=9p2000.L" "$PEER" "$work/mount")
before=${#seen[@]}
go_to "$OPEN" acme "${mounts[@]}" >/dev/null 2>&1 &
check 'control, no wall: 9p connects by itself' await '^frame 0800 ip4 6 |^tcp 7001' "$before"
kill $!
wait $!
guard_up
make_tenant acme
settle
before=${#seen[@]}
refused '9p' 'not permitted|permission denied' place "$WALLED" acme timeout 30 "${mounts[@]}"
settle
same 'and nothing was sent' "$(came_since "$before")" ''
refused 'nfs, before it is even looked for' 'not permitted|permission denied|unknown filesystem' \
	place "$WALLED" acme mount -i -t nfs -o "addr=$PEER,nolock,vers=3" "$PEER:/x" "$work/mount"
for kind in vxlan gre sit ipip geneve wireguard; do
	case $kind in
	vxlan) words="id 5 remote $PEER dstport 4789 dev wire" ;;
	geneve) words="id 5 remote $PEER" ;;
	wireguard) words='' ;;
	*) words="local $ACME remote $PEER" ;;
	esac
	# shellcheck disable=SC2086 # words
	if place "$OPEN" acme ip link add tunnel type $kind $words 2>/dev/null; then
		ok "control, no wall: $kind"
		must ip -n acme link del tunnel
	else
		note "control: this kernel has no $kind"
	fi
	# shellcheck disable=SC2086
	refused "$kind" 'not permitted' place "$WALLED" acme ip link add tunnel type $kind $words
done
# Routes that put a packet into another one.
encapsulations=(
	"route add 10.98.0.0/24 encap ip id 5 dst $OTHER via $PEER dev wire"
	"route add 10.98.1.0/24 nexthop via $PEER dev wire nexthop encap ip id 5 dst $OTHER via $PEER dev wire"
	"nexthop add id 98 encap ip id 5 dst $OTHER via $PEER dev wire"
	"-6 route add fd00:98::/64 encap seg6 mode encap segs $OTHER6 dev wire"
)
for words in "${encapsulations[@]}"; do
	# shellcheck disable=SC2086
	check "control, no wall: $words" place "$OPEN" acme ip $words
done
must ip -n acme route flush root 10.98.0.0/16
must ip -n acme nexthop flush
must ip -n acme -6 route flush root fd00:98::/64
for words in "${encapsulations[@]}"; do
	# shellcheck disable=SC2086
	refused "$words" 'not permitted' place "$WALLED" acme ip $words
done
check 'several ways without encapsulation' place "$WALLED" acme ip route add 10.98.2.0/24 \
	nexthop via "$PEER" dev wire nexthop via "$OTHER" dev wire
session acme "$WALLED" acme
refused 'SMC' 'not supported' try acme 'socket s smc'
check 'file systems of its own' place "$WALLED" acme unshare -m sh -c "
	mount -t tmpfs none $work/mount && mount -t proc none $work/mount"
check 'a network namespace of its own' place "$WALLED" acme unshare -n true
finish
