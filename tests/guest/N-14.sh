#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: packets injected by TUN and forwarded, which no socket sends
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-host.sh

host_up
allow out "$PEER" udp 7001
must modprobe tun
must in_netns acme sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
	net.ipv4.conf.all.accept_local=1 net.ipv4.conf.wire.rp_filter=0 \
	net.ipv6.conf.all.forwarding=1

injecting=
# inject HEX: the packet comes out of a TUN device in acme's namespace. The task
# is in the tenant's cgroup; its packet has no socket. The device stays until the
# next one, so that the packet is not lost with it.
inject() {
	local begun=$work/injected
	rm -f "$begun"
	[ -z "$injecting" ] || kill "$injecting"
	wait "$injecting" 2>/dev/null
	go_to "$WALLED" acme python3 -c "
import fcntl, os, signal, struct, subprocess
tun = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(tun, 0x400454ca, struct.pack('16sH', b'inject', 0x1001))
subprocess.run(['ip', 'link', 'set', 'inject', 'up'], check=True)
os.write(tun, bytes.fromhex('$1'))
open('$begun', 'w').close()
signal.pause()
" &
	injecting=$!
	until [ -e "$begun" ]; do
		kill -0 "$injecting" || return
		sleep 0.02
	done
}

# injects WHAT WORD LAYER...
injects() {
	local what=$1 word=word-$2 from=${#seen[@]}
	shift 2
	must inject "$(net-craft "$@" "data $word")"
	check "$what" await "$word" "$from"
}

injected_in_vain() {
	local what=$1 word=word-$2 before
	shift 2
	settle
	before=${#seen[@]}
	must inject "$(net-craft "$@" "data $word")"
	settle
	same "$what" "$(came_since "$before")" ''
}

injects 'control, not attached: UDP to a peer that no rule allows' tun1 "ip4 10.8.0.2 $OTHER" 'udp 1000 7002'
injects 'control, not attached: the same with the tenant'"'"'s source' tun2 "ip4 $ACME $OTHER" 'udp 1000 7002'
injects 'control, not attached: an allowed peer, another source' tun3 "ip4 10.8.0.2 $PEER" 'udp 1000 7001'
injects 'control, not attached: IPv6' tun4 "ip6 fd00:8::2 $PEER6" 'udp 1000 7001'
host_attach
injected_in_vain 'UDP to a peer that no rule allows' tun5 "ip4 10.8.0.2 $OTHER" 'udp 1000 7002'
injected_in_vain 'the same with the tenant'"'"'s source' tun6 "ip4 $ACME $OTHER" 'udp 1000 7002'
injected_in_vain 'an allowed peer, another source' tun7 "ip4 10.8.0.2 $PEER" 'udp 1000 7001'
injected_in_vain 'IPv6' tun8 "ip6 fd00:8::2 $PEER6" 'udp 1000 7001'
check 'they are counted' [ "$(count not_own)" -ge 3 ]
# Who sends it is all the same: what is allowed is.
injects 'an allowed flow from the tenant'"'"'s own address' tun9 "ip4 $ACME $PEER" 'udp 1000 7001'
finish
