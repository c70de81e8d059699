#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: IPv6 extension headers, IPv4 options, source routes, a header length of 4
# fresh
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

# Options that say nothing, one that no stack has to know, and three that do.
PADDING=010400000000 UNKNOWN=1e0400000000 ALERT=050200000100
HOME_ADDRESS=c910fd00000900000000000000000000000301020000
ROUTE_DONE=000000000000
ROUTE_OPEN=000100000000fd000009000000000000000000000003
AH=00000000000100000001$(printf "%024d" 0)
NOPS=01010100
NOPS40=$(printf '01%.0s' {1..40})
SOURCE_ROUTE=8307040a09000300 SOURCE_ROUTE_DONE=8307080a09000300

net_up
must mkdir "$WALLED"
must in_netns acme sysctl -q -w net.ipv4.conf.all.accept_source_route=1

# What the tenant makes and sends itself. Its raw sockets are from before the
# wall, or it would have none: so these hooks are tried, not that on socket().
own_packets() {
	local to4="ip4 $ACME $PEER" to6="ip6 $ACME6 $PEER6" udp='udp 1000 7001' pad
	pad="extension 60 $PADDING"
	raw 'IPv4 header of 6 words' h4 "$PEER" ihl6 "$to4 options=$NOPS" "$udp"
	raw 'IPv4 header of 15 words' h4 "$PEER" ihl15 "$to4 options=$NOPS40" "$udp"
	raw 'IPv4 source route' h4 "$PEER" route4 "$to4 options=$SOURCE_ROUTE" "$udp"
	raw 'hop-by-hop: router alert' h6 "$PEER6" hop "$to6" "extension 0 $ALERT" "$udp"
	raw 'destination options: home address' h6 "$PEER6" home "$to6" "extension 60 $HOME_ADDRESS" "$udp"
	raw 'destination options: unknown' h6 "$PEER6" option "$to6" "extension 60 $UNKNOWN" "$udp"
	raw 'routing header' h6 "$PEER6" route6 "$to6" "extension 43 $ROUTE_OPEN" "$udp"
	raw 'routing header, at its end' h6 "$PEER6" done6 "$to6" "extension 43 $ROUTE_DONE" "$udp"
	raw 'authentication header before TCP' h6 "$PEER6" ah "$to6" "extension 51 $AH" 'tcp 1000 7001 2'
	raw 'hop-by-hop that is not first' h6 "$PEER6" late "$to6" "$pad" "extension 0 $PADDING" "$udp"
	raw 'seven extension headers' h6 "$PEER6" seven "$to6" "$pad" "$pad" "$pad" "$pad" "$pad" \
		"$pad" "$pad" "$udp"
}

# Newer kernels do not send what claims less than the shortest header.
short_header() {
	local words=$1 udp='udp 1000 7001' to4
	to4="ip4 $ACME $PEER ihl=$words"
	if call acme "hexto h4 $PEER 0 $(net-craft "$to4" "$udp" 'data short')"; then
		raw "IPv4 header of $words words" h4 "$PEER" "ihl$words" "$to4" "$udp"
	else
		same "IPv4 header of $words words: this kernel itself sends none" "$reply" \
			'hexto: Invalid argument'
	fi
}

# The same by UDP sockets as anybody may have, to a peer that is allowed.
sticky_options() {
	local to4="sendto s $PEER 7001 @" to6="sendto s $PEER6 7001 @" denied='not permitted'
	leaks 'control, allowed: no options, IPv4' acme "socket s udp4; $to4"
	leaks 'control, allowed: no options, IPv6' acme "socket s udp6; $to6"
	leaks 'allowed: hop-by-hop padding' acme "socket s udp6; set s hop 0000$PADDING; $to6"
	leaks 'allowed: destination padding' acme "socket s udp6; set s destination 0000$PADDING; $to6"
	attempt 'socket option: IPv4 options' "$denied" "socket s udp4; set s options $NOPS; $to4"
	attempt 'socket option: source route' "$denied" "socket s udp4; set s options $SOURCE_ROUTE; $to4"
	attempt 'socket option: hop-by-hop' "$denied" "socket s udp6; set s hop 0000$ALERT; $to6"
	attempt 'socket option: destination' "$denied" "socket s udp6; set s destination 0000$UNKNOWN; $to6"
	attempt 'socket option: routing' "$denied" \
		"socket s udp6; set s routing 00020201${ROUTE_OPEN:4}; $to6"
}

# inject WORD LAYER...: from outside, to the tenant's port.
# shellcheck disable=SC2317 # must calls it
inject() {
	local word=$1
	shift
	try outside "hex p $(net-craft "eth $PEER_MAC $ACME_MAC" "$@" "data $word")"
}

foreign=() foreign_layers=()
inbound() {
	local from4="ip4 $PEER $ACME" from6="ip6 $PEER6 $ACME6" what
	foreign=('IPv4 options' 'IPv4 options, 40 bytes' 'source route' 'hop-by-hop: router alert'
		'destination options: unknown' 'routing header')
	foreign_layers=("$from4 options=$NOPS" "$from4 options=$NOPS40" "$from4 options=$SOURCE_ROUTE_DONE"
		"$from6/extension 0 $ALERT" "$from6/extension 60 $UNKNOWN" "$from6/extension 43 $ROUTE_DONE")
	for what in "${!foreign[@]}"; do
		IFS=/ read -ra layers <<<"${foreign_layers[what]}"
		must inject "$1-$what-" "${layers[@]}" 'udp 1000 6001'
	done
	must inject "$1-plain4-" "$from4" 'udp 1000 6001'
	must inject "$1-plain6-" "$from6" 'udp 1000 6001'
}

session acme "$WALLED" acme
must try acme 'socket h4 header4; socket h6 header6'
must try outside 'socket p packet; device p wire'
witness tenant "$WALLED" acme udp:6001
own_packets
short_header 4
short_header 0
crafted leaks
inbound open
for what in "${!foreign[@]}"; do
	within "control, no wall, inbound: ${foreign[what]}" 10 wrote tenant "open-$what-"
done

guard_up
make_tenant acme --adopt
for peer in "$PEER" "$PEER6"; do
	allow out "$peer" any
	allow in "$peer" udp 6001
done
crafted stays
same 'they are counted: options' "$(count options)" 3
check 'they are counted: a hop-by-hop header too late' test "$(count malformed)" -ge 1
same 'they are counted: extension headers' "$(count extensions)" 7
sticky_options
inbound walled
within 'control, allowed, inbound: no options' 10 wrote tenant 'walled-plain4-'
within 'control, allowed, inbound: no extension headers' 10 wrote tenant 'walled-plain6-'
for what in "${!foreign[@]}"; do
	check "inbound: ${foreign[what]}" never_wrote tenant "walled-$what-"
done
finish
