# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # as in lib-net.sh
# The same wire with a host in it; source it after lib-net.sh. What the host's
# end of acme's veth lets pass goes over a bridge to the witness outside.
#
#	netns acme  =====  acme0  netns host  outside0  =====  netns outside
#
# The session open is in acme's namespace and in no tenant's cgroup: as a socket
# from outside the tenant is, or frames made below the sockets. Only the host's
# end can stop it.

in_host() { in_netns host "$@"; }

wire_up() {
	local netns
	for netns in acme host outside; do must ip netns add "$netns"; done
	must ip link add wire address "$ACME_MAC" netns acme type veth peer name acme0 netns host
	must ip link add wire address "$PEER_MAC" netns outside type veth peer name outside0 netns host
	must ip -n host link add bridge type bridge mcast_snooping 0
	for device in acme0 outside0; do must ip -n host link set "$device" master bridge; done
	must in_host sysctl -q -w net.ipv6.conf.all.disable_ipv6=1
	# Where a bridge asks the firewall, that stops some of what is tried here.
	in_host sysctl -q -w net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0 \
		net.bridge.bridge-nf-call-arptables=0 2>/dev/null
	for device in acme0 outside0 bridge; do must ip -n host link set "$device" up; done
	for netns in acme outside; do
		must in_netns "$netns" sysctl -q -w net.ipv6.conf.all.router_solicitations=0
	done
	must wire_end acme "$ACME_MAC" "$ACME" "$ACME6" -- "$PEER_MAC" "$PEER" "$OTHER" "$PEER6" "$OTHER6"
	must wire_end outside "$PEER_MAC" "$PEER" "$OTHER" "$PEER6" "$OTHER6" -- \
		"$ACME_MAC" "$ACME" "$ACME6"
	wait_for_wires acme wire host acme0 host outside0 outside wire
	must mkdir -p "$OPEN"
}

# Everything but the attachment. What settle() sends has a rule of its own.
host_up() {
	net_up
	guard_up
	make_tenant acme --address "$ACME,$ACME6"
	allow out "$PEER" udp 7999
	must try open 'socket frames packet; device frames wire'
}

host_attach() { check 'the host'"'"'s end is attached' in_host cloison net attach acme acme0; }

# frame WHAT WORD LAYER...: for frames(), as raw() of lib-net.sh
frame() {
	local what=$1 word=word-$2
	shift 2
	crafted_what+=("$what")
	crafted_calls+=("hex frames $(net-craft "$@" "data $word")")
	crafted_word+=("$word")
}

# tagged WHAT WORD HEX LAYER...: the same with HEX between link layer and what follows
tagged() {
	local what=$1 word=word-$2 between=$3
	shift 3
	crafted_what+=("$what")
	crafted_calls+=("hex frames ${PEER_MAC//:/}${ACME_MAC//:/}$between$(net-craft "$@" "data $word")")
	crafted_word+=("$word")
}

# frames leaks|stays: all of them, by the session open.
frames() {
	local i
	for i in "${!crafted_what[@]}"; do
		case $1 in
		leaks) leaks "control, not attached: ${crafted_what[i]}" open "${crafted_calls[i]}" "${crafted_word[i]}" ;;
		stays) stays "${crafted_what[i]}" - open "${crafted_calls[i]}" ;;
		esac
	done
}

# ahead END VALUE: another tool's program before all others on acme0, until behind().
ahead() {
	(exec nsenter --net=/run/netns/host tcx-first acme0 "$@") >"$work/ahead" 2>&1 &
	ahead_pid=$!
	within "another program is the first ($*)" 20 grep -q ready "$work/ahead"
}
behind() { kill "$ahead_pid"; wait "$ahead_pid" 2>/dev/null; }

# device_says FIELD: of acme's devices, as the host sees them
device_says() { in_host cloison net devices acme --json | jq -r ".[].$1"; }
