#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: sysctls, packet filters by socket options, and TUN devices of the host's network
# timeout: 200
. /tests/guest/lib.sh

OPEN=$CGROUPS/open
must mkdir -p "$OPEN"
modprobe -a tun ip_tables iptable_filter ip6_tables arp_tables ebtables ip_vs 2>/dev/null
mkdir -p /dev/net
[ -e /dev/net/tun ] || must mknod /dev/net/tun c 10 200

# Sysctls that root's number is enough for: of the network, of the kernel, of files.
sysctls=(net/ipv4/ip_forward net/core/somaxconn net/ipv4/conf/all/rp_filter
	kernel/core_pattern kernel/modprobe kernel/hostname vm/swappiness fs/file-max
	kernel/shmmax user/max_net_namespaces)
# again NAME: writes what is there already.
again() { host-try write "/proc/sys/$1" "$(cat "/proc/sys/$1")"; }
# filters: level, option, socket: IPT, ARPT, EBT, IP_VS, IP6T. What comes behind the
# wall's question is that the request is no good, or nothing listens for it.
filters=('0 64 udp' '0 96 udp' '0 128 udp' '0 1154 udp' '41 64 udp6')
declare -A filter_is=(['0 64 udp']=iptables ['0 96 udp']=arptables ['0 128 udp']=ebtables
	['0 1154 udp']=IPVS ['41 64 udp6']=ip6tables)
export -f again
inside() { within_cgroup "$@"; }

for name in "${sysctls[@]}"; do
	check "control, no wall: $name" inside "$OPEN" bash -c "again $name"
done
for filter in "${filters[@]}"; do
	# shellcheck disable=SC2086 # three words
	refused "control, no wall: only the request is wrong: ${filter_is[$filter]}" \
		'Invalid|No such|Protocol not available|not supported|Bad address' \
		inside "$OPEN" host-try option $filter zeros
done
check 'control, no wall: a TUN device in the host'"'"'s network' \
	inside "$OPEN" host-try tun /dev/net/tun toy0

must modprobe cloison
must cloison guard load
make_tenant acme
WALLED=$PEN/acme
for name in "${sysctls[@]}"; do
	refused "no $name" 'not permitted' inside "$WALLED" bash -c "again $name"
	check "it is read: $name" inside "$WALLED" cat "/proc/sys/$name"
	check "the host goes on: $name" again "$name"
done
exec 9<>/proc/sys/net/core/somaxconn
refused 'nor by a descriptor that the host opened' 'not permitted' \
	inside "$WALLED" host-try inherit "$(cat /proc/sys/net/core/somaxconn)"
exec 9>&-
for filter in "${filters[@]}"; do
	# shellcheck disable=SC2086
	refused "no ${filter_is[$filter]}" 'not permitted' inside "$WALLED" host-try option $filter zeros
done
refused 'no TUN device' 'not permitted' inside "$WALLED" host-try tun /dev/net/tun toy1
check 'the host makes one' host-try tun /dev/net/tun toy2

# ---- what is the tenant's own ---------------------------------------------------------

own() { in_tenant acme unshare "$@"; }
for name in net/ipv4/ip_forward net/core/somaxconn net/ipv4/conf/all/rp_filter; do
	check "in a network of its own: $name" own --net bash -c "again $name"
	check "of a user namespace of its own too: $name" \
		own --user --map-root-user --net bash -c "again $name"
done
for filter in "${filters[@]}"; do
	# shellcheck disable=SC2086
	refused "in a network of its own only the request is wrong: ${filter_is[$filter]}" \
		'Invalid|No such|Protocol not available|not supported|Bad address' \
		own --net host-try option $filter zeros
done
check 'in a network of its own: a TUN device' own --net host-try tun /dev/net/tun toy3
check 'in an ipc namespace of its own: kernel/shmmax' own --ipc bash -c 'again kernel/shmmax'
check 'in an ipc namespace of its own: fs/mqueue/msg_max' own --ipc bash -c \
	'mount -t mqueue none /dev/mqueue 2>/dev/null; again fs/mqueue/msg_max'
check 'in a uts namespace of its own: its name by /proc' own --uts bash -c 'again kernel/hostname'
check 'and by the call' own --uts hostname inside
same 'the host keeps its own' "$(hostname)" "$(cat /proc/sys/kernel/hostname)"
check 'in a user namespace of its own: its limits' own --user --map-root-user bash -c \
	'again user/max_net_namespaces'
refused 'but not those of the kernel' 'not permitted|Permission denied' \
	own --user --map-root-user --net --ipc --uts bash -c 'again kernel/core_pattern'
check 'its oom_score_adj' in_tenant acme sh -c 'echo 500 >/proc/self/oom_score_adj'
finish
