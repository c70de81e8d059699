#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a container with all capabilities and no user namespace (--privileged) in a tenant
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-process.sh

processes_up
modprobe -a vhost_vsock vhost_net vfio tun 2>/dev/null
must modprobe brd rd_nr=1 rd_size=4096
bar=/sys/bus/pci/devices/$SPARE/resource2
pattern=$(</proc/sys/kernel/core_pattern)
dir=$work/dev
mkdir -p "$dir"

# As an engine does for --privileged: namespaces of its own, but for that of users.
container() {
	local cgroup=$1
	shift
	within_cgroup "$cgroup" unshare --mount --pid --fork --ipc --uts --net --mount-proc "$@"
}
# With --network=host as well.
container_net() {
	local cgroup=$1
	shift
	within_cgroup "$cgroup" unshare --mount --pid --fork --ipc --uts --mount-proc "$@"
}

misc() { sed -n "s/^ *\([0-9]*\) $1\$/\1/p" /proc/misc; }
nodes=()
node() {
	must mknod "$dir/$1" "$2" "$3" "$4"
	nodes+=("$1")
}
node mem c 1 1
node port c 1 4
node disk b "$(sed -n 's/^ *\([0-9]*\) virtblk$/\1/p' /proc/devices | tail -n 1)" 0
node ram b 1 0
for name in vhost-vsock vhost-net vfio; do
	[ -z "$(misc $name)" ] || node "$name" c 10 "$(misc $name)"
done
check 'there are nodes to try' test ${#nodes[@]} -ge 6
must mknod "$dir/tun" c 10 "$(misc tun)"

# attempt WHAT HOW PATTERN COMMAND...: what works with the wall down, and is refused behind it.
attempts=() words=()
attempt() { attempts+=("$(printf '%q ' "$@")"); }
for name in "${nodes[@]}"; do
	attempt "/dev/$name" container 'not permitted' host-try open "$dir/$name"
done
attempt 'the memory of a function' container 'not permitted' host-try open "$bar"
attempt 'core_pattern' container 'not permitted' \
	host-try write /proc/sys/kernel/core_pattern "$pattern"
attempt 'the path of modprobe' container 'not permitted' \
	host-try write /proc/sys/kernel/modprobe "$(</proc/sys/kernel/modprobe)"
attempt 'the limit of all processes' container 'not permitted' \
	host-try write /proc/sys/kernel/threads-max "$(</proc/sys/kernel/threads-max)"
attempt 'sysrq' container 'not permitted' host-try write /proc/sysrq-trigger h
attempt 'a TUN device in the network of the host' container_net 'not permitted' \
	host-try tun "$dir/tun" toy0
attempt "a sysctl of the host's network" container_net 'not permitted' \
	host-try write /proc/sys/net/ipv4/ip_forward "$(</proc/sys/net/ipv4/ip_forward)"
attempt 'a cgroup outside' container 'not permitted' mkdir "$CGROUPS/of-privileged"

for quoted in "${attempts[@]}"; do
	eval "words=($quoted)"
	check "control, no wall: ${words[0]}" "${words[1]}" "$OPEN" "${words[@]:3}"
done
rmdir "$CGROUPS/of-privileged"

wall_up
make_tenant acme
make_tenant globex
make_region globex/weights
for quoted in "${attempts[@]}"; do
	eval "words=($quoted)"
	refused "${words[0]}" "${words[2]}" "${words[1]}" "$PEN/acme" "${words[@]:3}"
done
refused "another tenant's region" 'Permission denied' \
	container "$PEN/acme" cat /dev/cloison/globex/weights
same 'core_pattern is as it was' "$(</proc/sys/kernel/core_pattern)" "$pattern"

# What stays open to it: see cloison-tenant(1).
check 'open: what it mounts, in its own view' container "$PEN/acme" sh -c \
	"mount -t tmpfs none $dir && mknod $dir/null c 1 3 && echo x >$dir/null"
check "open: its own network's sysctls" container "$PEN/acme" \
	host-try write /proc/sys/net/ipv4/ip_forward 1
check 'open: a TUN device in its own network' container "$PEN/acme" host-try tun "$dir/tun" toy1
check 'open: its own name' container "$PEN/acme" hostname acme-inside
same 'that is not the name of the host' "$(uname -n | grep -c acme-inside)" 0
echo of-the-host >"$work/file"
check "open: the host's files, where it was given them" container "$PEN/acme" \
	sh -c "echo of-acme >$work/file"
same 'they are changed' "$(<"$work/file")" of-acme
refused 'the length of a tick' 'not permitted' container "$PEN/acme" python3 /tests/guest/ask.py adjtimex
finish
