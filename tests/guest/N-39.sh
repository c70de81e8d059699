#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: rtnetlink that reads in two ways, and tunnels that exist already
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

# ---- two ways to read -----------------------------------------------------------

said=()
# message NAME WORD...: what netlink-say says of a device of that name.
message() { said+=("$*"); }
message empty 'new create 3=@ 18{ } 18{ 1=vxlan 2{ 1:5 } }'
message overlong 'new create 3=@ 18{ 1=bridge +28 } 18{ 1=vxlan 2{ 1:6 } }'
message doubled 'new create 3=@ 18{ 1=bridge } 18{ 1=vxlan 2{ 1:7 } }'
message kind-twice 'new create 3=@ 18{ 1=bridge 1=vxlan 2{ 1:8 } }'
message masked 'new create 3=@ 32786{ 16385=vxlan 2{ 1:9 } }'
message behind 'new create 3=@ 18{ 1=vxlan 2{ 1:10 } } tail'
message second 'get index=1 new create 3=@ 18{ 1=vxlan 2{ 1:11 } }'
message zero 'new create 3=@ 0:1 18{ 1=vxlan 2{ 1:12 } }'

# say CGROUP NAME WORDS
say() {
	# shellcheck disable=SC2086 # words
	place "$1" acme netlink-say ${3//@/$2}
}
exists() { ip -n acme link show "$1"; }

# No guard is to decide yet which tunnels a new network has.
must sysctl -q -w net.core.fb_tunnels_only_for_init_net=0
modprobe -a vxlan bridge ipip sit ip_gre ip6_tunnel dummy bonding 2>/dev/null
net_up
for line in "${said[@]}"; do
	name=${line%% *}
	say "$OPEN" "$name" "${line#* }" >/dev/null
	check "control, no wall: $name: a vxlan is made" exists "$name"
	ip -n acme link del "$name"
done

# ---- what is there from the beginning ---------------------------------------------

tunnels=()
for name in tunl0 sit0 gre0 gretap0 erspan0 ip6tnl0; do
	if exists "$name" >/dev/null 2>&1; then tunnels+=("$name"); else note "no $name here"; fi
done
same 'control: a network has tunnels' "$((${#tunnels[@]} >= 5))" 1
must ip -n acme address add 10.99.0.1/24 dev tunl0
must ip -n acme link set tunl0 up
must ip -n acme route add 10.99.1.9/32 via "$OTHER" dev tunl0 onlink
leaks 'control, no wall: what is sent by tunl0 comes as IP in IP' open \
	'socket inner udp4; sendto inner 10.99.1.9 7001 @' "^frame ip4 4 .*@"
must ip -n acme link set tunl0 down
must ip -n acme link add bond0 type bond mode active-backup
check 'control, no wall: a bond opens it' place "$OPEN" acme ip link set sit0 master bond0
must ip -n acme link set sit0 nomaster
must ip -n acme link set sit0 down

guard_up
make_tenant acme
for line in "${said[@]}"; do
	name=${line%% *}
	refused "$name: refused" 'not permitted' say "$WALLED" "$name" "${line#* }"
	refused "$name: and not made" 'does not exist' exists "$name"
done
check 'the same without a fault' say "$WALLED" plain 'new create 3=@ 18{ 1=bridge }'

is_down() { ip -n acme -j link show "$1" | jq -e '.[0].flags | index("UP") | not'; }
try_to_open() { refused "$1 is not opened: $2" 'not permitted' place "$WALLED" acme "${@:3}"; }
for name in "${tunnels[@]}"; do
	try_to_open "$name" 'by its number' ip link set "$name" up
	try_to_open "$name" 'by its name' netlink-say new up "3=$name"
	try_to_open "$name" 'by ioctl' busybox ifconfig "$name" up
	try_to_open "$name" 'by a bond' ip link set "$name" master bond0
	check "$name stays down" is_down "$name"
done
try_to_open tunl0 'with its group' netlink-say new up 27:0
check 'another device is opened' place "$WALLED" acme ip link set plain up
check 'a new one is made and opened' place "$WALLED" acme netlink-say new create up 3=fresh '18{' 1=dummy '}'

# ---- networks that the guard takes ---------------------------------------------------

refused 'such a network is not claimed' "network .* has tunnels \(.*tunl0.*\).*: type 'modprobe -r " \
	cloison net claim acme acme
refused 'nor entered by run' 'network .* has tunnels' cloison run acme --netns acme -- true
must ip link add acme0 type veth peer name inner netns acme
must cloison net address acme "$ACME,$ACME6"
refused 'nor is a device of it attached' "network behind acme0 has tunnels" cloison net attach acme acme0
same 'the guard has seen to networks that are made from now on' \
	"$(sysctl -n net.core.fb_tunnels_only_for_init_net)" 1
must ip netns add later
same 'one of these has no tunnel' "$(ip -n later -o link show | wc -l)" 1
check 'and can be claimed' cloison net claim acme later
# The line that was printed.
line=$(cloison net claim acme acme 2>&1 | sed -n "s/.*type '\(modprobe -r [^']*\)'.*/\1/p")
note "$line"
# shellcheck disable=SC2086 # words
check 'the line to type takes the tunnels away' $line
check 'then it is entered' cloison run acme --netns acme -- true
check 'and claimed' cloison net claim acme acme
check 'and its device attached' cloison net attach acme acme0
finish
