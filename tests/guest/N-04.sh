#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: io_uring: sockets, connect, send and sendmsg, also by a polling kernel thread
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
guard_up
make_tenant acme

# rings WHAT WORD... : the words are net-uring's, an @ stands for the data.
rings() {
	local what=$1 from=${#seen[@]} reply before came words
	shift
	sequence=$((sequence + 1))
	words=("${@//@/word-$sequence-}")
	check "control, no wall: $what" place "$OPEN" acme net-uring "${words[@]}"
	if [[ $* != *raw* ]]; then
		check "control, no wall: it arrived" await "word-$sequence-" "$from"
	fi
	settle
	before=${#seen[@]}
	refused "$what" 'Operation not permitted' place "$WALLED" acme net-uring "${words[@]}"
	settle
	same 'and nothing came over the wire' "$(came_since "$before")" ''
}

for thread in '' sqpoll; do
	# shellcheck disable=SC2086 # an empty word is none
	{
		rings "$thread UDP by sendmsg" $thread udp "$PEER" 7001 @
		rings "$thread UDP by sendmsg, IPv6" $thread udp "$PEER6" 7001 @
		rings "$thread UDP by send to an address" $thread udp-send "$PEER" 7001 @
		rings "$thread TCP by connect and send" $thread tcp "$PEER" 7001 @
		rings "$thread TCP by connect and send, IPv6" $thread tcp "$PEER6" 7001 @
		rings "$thread a raw socket" $thread raw "$PEER" 7001 @
	}
done
allow out "$PEER" any
from=${#seen[@]}
check 'control, allowed: UDP' place "$WALLED" acme net-uring udp "$PEER" 7001 allowed-udp
check 'control, allowed: TCP by a polling thread' place "$WALLED" acme \
	net-uring sqpoll tcp "$PEER" 7001 allowed-tcp
check 'control, allowed: UDP arrived' await allowed-udp "$from"
check 'control, allowed: TCP arrived' await allowed-tcp "$from"
finish
