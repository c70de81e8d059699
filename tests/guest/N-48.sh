#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: device nodes: disks, memory, vhost, VFIO, UIO, RDMA, PCI resources; a list
# timeout: 200
. /tests/guest/lib.sh

OPEN=$CGROUPS/open
must mkdir -p "$OPEN"
modprobe -a vhost_vsock vhost_net vfio uio ib_uverbs 2>/dev/null
must modprobe brd rd_nr=1 rd_size=4096
dir=$work/dev
mkdir -p "$dir"
bar=/sys/bus/pci/devices/$SPARE/resource2
config=/sys/bus/pci/devices/$SPARE/config

# node NAME KIND MAJOR MINOR
nodes=()
node() {
	must mknod "$dir/$1" "$2" "$3" "$4"
	nodes+=("$1")
}
major_of() { sed -n "s/^ *\([0-9]*\) $1\$/\1/p" /proc/devices | tail -n 1; }
minor_of() { sed -n "s/^ *\([0-9]*\) $1\$/\1/p" /proc/misc; }
node mem c 1 1
node port c 1 4
node kmsg c 1 11
node disk b "$(major_of virtblk)" 0
node snapshot c 10 231
for name in vhost-vsock vhost-net vfio cpu_dma_latency hpet nvram; do
	[ -z "$(minor_of $name)" ] || node "$name" c 10 "$(minor_of $name)"
done
for name in infiniband_verbs uio; do
	[ -z "$(major_of $name)" ] || node "$name" c "$(major_of $name)" 0
done
node ram b 1 0
check 'there are devices to try' test ${#nodes[@]} -ge 6

opens() { within_cgroup "$1" host-try open "$2"; }
for name in "${nodes[@]}"; do
	case $name in
	# What is not there answers so itself, to those that may ask.
	infiniband_verbs | uio) refused "control, no wall: $name is asked" \
		'No such device' opens "$OPEN" "$dir/$name" ;;
	*) check "control, no wall: $name" opens "$OPEN" "$dir/$name" ;;
	esac
done
mounts() { within_cgroup "$1" unshare --mount mount -t minix "$dir/$2" "$work/dev/at"; }
must mkdir "$dir/at"
must mkfs.minix "$dir/ram"
check 'control, no wall: a disk is mounted' mounts "$OPEN" ram
check 'control, no wall: a function'"'"'s memory' opens "$OPEN" "$bar"

# Of the kernel's files, and of the host's nodes: who may open them.
nobody_too() { within_cgroup "$1" python3 -c "
import os, struct, sys
entries = [(1, 6, -1), (2, 6, 65534), (4, 6, -1), (16, 6, -1), (32, 0, -1)]
acl = struct.pack('<I', 2) + b''.join(struct.pack('<HHi', *e) for e in entries)
try:
    os.setxattr(sys.argv[1], 'system.posix_acl_access', acl)
except OSError as e:
    sys.exit(e.strerror)" "$2"; }
rights=("$bar" "$config" /proc/kpagecount /dev/vda)
declare -A mode
for path in "${rights[@]}"; do
	mode[$path]=$(stat -c %a "$path")
	check "control, no wall: the mode of $path" within_cgroup "$OPEN" chmod 666 "$path"
	check "control, no wall: the owner of $path" within_cgroup "$OPEN" chown 65534 "$path"
	must chown 0 "$path"
	must chmod "${mode[$path]}" "$path"
done
check 'control, no wall: a further user for /dev/vda' nobody_too "$OPEN" /dev/vda
must python3 -c "import os; os.removexattr('/dev/vda', 'system.posix_acl_access')"
must chmod "${mode[/dev/vda]}" /dev/vda

wall_up
make_tenant acme
for path in "${rights[@]}"; do
	refused "not the mode of $path" 'not permitted' in_tenant acme chmod 666 "$path"
	refused "nor its owner" 'not permitted' in_tenant acme chown 65534 "$path"
	same "it is as before" "$(stat -c '%a %u' "$path")" "${mode[$path]} 0"
done
refused 'no further user for /dev/vda' 'not permitted' nobody_too "$PEN/acme" /dev/vda
check 'the mode of a node of its own' in_tenant acme sh -c \
	"mknod $dir/mine c 1 3 && chmod 600 $dir/mine && chown 65534 $dir/mine"
check 'the mode of a cgroup of its own' in_tenant acme chmod 700 "$PEN/acme/tasks"
check 'the host goes on: a mode' chmod "${mode[/dev/vda]}" /dev/vda
for name in "${nodes[@]}"; do
	refused "no $name" 'not permitted' opens "$PEN/acme" "$dir/$name"
done
refused 'nor its own node of it' 'not permitted' in_tenant acme sh -c \
	"mknod $dir/own c 1 1 && exec host-try open $dir/own"
refused 'no disk is mounted' "Can't open blockdev|not permitted|permission denied" \
	mounts "$PEN/acme" ram
refused 'no function'"'"'s memory' 'not permitted' opens "$PEN/acme" "$bar"
refused 'no function'"'"'s configuration' 'not permitted' in_tenant acme host-try write "$config" ''
refused 'nothing in sysfs is written' 'not permitted' \
	in_tenant acme host-try write /sys/module/cloison/parameters/sweep_ms 1000
refused 'nothing in debugfs is even read' 'not permitted' in_tenant acme ls /sys/kernel/debug
refused 'nor in tracefs' 'not permitted' in_tenant acme ls /sys/kernel/tracing
refused 'no sysrq' 'not permitted' in_tenant acme host-try write /proc/sysrq-trigger h
refused 'no kernel memory' 'not permitted' opens "$PEN/acme" /proc/kcore
check 'sysfs is read' in_tenant acme cat /sys/class/net/lo/mtu
for name in "${nodes[@]}"; do
	# While there is a pool nobody hibernates.
	case $name in infiniband_verbs | uio | snapshot) continue ;; esac
	check "the host goes on: $name" opens "$OPEN" "$dir/$name"
done

# ---- what each program expects -------------------------------------------------------------

for path in /dev/null /dev/zero /dev/full /dev/random /dev/urandom; do
	check "$path" opens "$PEN/acme" "$path"
done
mkdir -p "$work/pts"
check 'a terminal of its own, with a devpts of its own' in_tenant acme unshare --mount sh -c \
	"mount -t devpts -o newinstance,ptmxmode=0666 none $work/pts &&
	 python3 -c 'import os, pty; m, s = os.openpty(); os.open(os.ttyname(s), os.O_RDWR)'"
if [ -e /dev/fuse ] || modprobe fuse; then
	check '/dev/fuse' opens "$PEN/acme" /dev/fuse
fi
make_region acme/weights
check 'its region' in_tenant acme dd if=/dev/cloison/acme/weights of=/dev/null bs=4k count=1 status=none

# ---- the list ----------------------------------------------------------------------------------

# Behind which there is no other hook, as there is behind kmsg.
latency=$(minor_of cpu_dma_latency)
check 'a device is allowed by its path' cloison tenant device-allow acme "$dir/cpu_dma_latency"
check 'and by its number' cloison tenant device-allow acme b:1:0
check 'all of a kind' cloison tenant device-allow acme 'c:10:*'
same 'they are listed' "$(cloison tenant device-list acme --json | jq -r '.[].device' | sort | tr '\n' ' ')" \
	"10:* 10:$latency b:1:0 "
check 'it is opened' opens "$PEN/acme" "$dir/cpu_dma_latency"
make_tenant globex
refused 'another tenant was not given it' 'not permitted' opens "$PEN/globex" "$dir/cpu_dma_latency"
check 'no more of all' cloison tenant device-forbid acme '10:*'
check 'the one that was given by itself stays' opens "$PEN/acme" "$dir/cpu_dma_latency"
check 'no more' cloison tenant device-forbid acme "$dir/cpu_dma_latency"
refused 'and it is shut' 'not permitted' opens "$PEN/acme" "$dir/cpu_dma_latency"
refused 'what was not given cannot be taken' 'was not given' \
	cloison tenant device-forbid acme "$dir/cpu_dma_latency"
refused 'a file is not a device' 'not a device node' cloison tenant device-allow acme /etc/passwd
refused 'nor is a word' 'say the path' cloison tenant device-allow acme mem
refused 'nor is half a number' 'say the path' cloison tenant device-allow acme 1:
check 'a tenant ends' sh -c 'cloison tenant device-allow globex 1:11 && cloison tenant remove globex'
make_tenant globex
same 'and what it was given with it' "$(cloison tenant device-list globex --json)" '[]'
rmmod brd 2>/dev/null
finish
