#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: P-03: root of cloison run is not root of the host
. /tests/guest/lib.sh

wall_up
make_tenant acme
make_tenant globex
make_region acme/weights

# Each attempt is a shell command. It works outside, and is refused inside; nested is a
# user namespace that root inside makes, where it has every capability.
ran() { cloison run acme -- sh -c "$1"; }
nested() { cloison run acme -- unshare -Urmpf sh -c "$1"; }
no='Read-only|must be root|denied|not permitted|nonexistent|No such|cannot|not found'
attempt() {
	local what=$1 command=$2
	check "control: outside: $what" sh -c "$command"
	refused "inside: $what" "$no" ran "$command"
	refused "inside a further namespace: $what" "$no" nested "$command"
}

# What a setting is set to is what it has.
again() { printf 'value=$(cat %s) && echo "$value" >%s' "$1" "$1"; }
setting() { attempt "$1" "echo '$3' >$2"; }

pattern=$(cat /proc/sys/kernel/core_pattern)
setting 'core_pattern' /proc/sys/kernel/core_pattern '|/tmp/x'
same 'which is what the control set' "$(cat /proc/sys/kernel/core_pattern)" '|/tmp/x'
echo "$pattern" >/proc/sys/kernel/core_pattern
helper=$(cat /proc/sys/kernel/modprobe)
setting 'the path of modprobe' /proc/sys/kernel/modprobe /tmp/x
echo "$helper" >/proc/sys/kernel/modprobe
setting 'a sysctl of memory' /proc/sys/vm/swappiness 61
setting 'a sysctl of the network that it shares' /proc/sys/net/ipv4/ip_forward 0
attempt 'sysrq' 'echo h >/proc/sysrq-trigger'
attempt 'the affinity of interrupts' "$(again /proc/irq/default_smp_affinity)"

parameter=/sys/module/cloison/parameters/sweep_ms
setting 'a parameter of the module' $parameter 51
echo 50 >$parameter
setting 'sysfs' /sys/devices/virtual/workqueue/cloison_scrub/nice 0
attempt 'the freezer of its cgroup' "p=\$(find /sys/fs/cgroup -name cgroup.freeze | tail -n1); echo 0 >\$p"

# By a mount that is made writable again, and by one that is made again.
attempt 'sysctl through a mount that is made writable' \
	'mount --bind /proc/sys /proc/sys; mount -o remount,bind,rw /proc/sys && echo 61 >/proc/sys/vm/swappiness; s=$?; umount /proc/sys; exit $s'
attempt 'the root file system made writable' \
	'mount -o remount,bind,rw / && touch /etc/written && rm /etc/written'
attempt 'sysctl through a procfs of its own' \
	'mkdir -p /tmp/p && mount -t proc proc /tmp/p && echo 61 >/tmp/p/sys/vm/swappiness; s=$?; umount -l /tmp/p; exit $s'
attempt 'sysfs through a mount of its own' \
	'mkdir -p /tmp/s && mount -t sysfs sysfs /tmp/s && echo 0 >/tmp/s/devices/virtual/workqueue/cloison_scrub/nice; s=$?; umount -l /tmp/s; exit $s'
attempt 'binfmt_misc' 'modprobe binfmt_misc; mkdir -p /tmp/b && mount -t binfmt_misc b /tmp/b && echo ":x:M::XX::/bin/true:" >/tmp/b/register && echo -1 >/tmp/b/x; s=$?; umount -l /tmp/b; [ $s = 0 ] && [ "$(readlink /proc/self/ns/user)" = "user:[4026531837]" ] || { echo denied; exit 1; }'
attempt 'debugfs' 'mkdir -p /tmp/d && mount -t debugfs d /tmp/d; s=$?; umount -l /tmp/d; exit $s'

# Files.
mkdir -p /etc/cron.d
attempt 'a file of cron' 'echo "* * * * * root true" >/etc/cron.d/x && rm /etc/cron.d/x'
echo 'root:hash' >/etc/shadow-test
chmod 600 /etc/shadow-test
attempt 'reading what the host keeps from others' 'cat /etc/shadow-test'
attempt 'a program with root'"'"'s rights' 'cp /bin/true /tmp/u && chmod 4755 /tmp/u && chown 0:0 /tmp/u && [ "$(stat -c %u /tmp/u)" = 0 ] && [ "$(readlink /proc/self/ns/user)" = "user:[4026531837]" ] || { echo denied; exit 1; }'

# Devices: by the host's node, and by one that it makes.
disk=/dev/vda
attempt 'a disk' "dd if=$disk of=/dev/null bs=512 count=1"
attempt 'a disk by a node of its own' "rm -f /tmp/disk; mknod /tmp/disk b $(stat -c '0x%t 0x%T' "$disk") && dd if=/tmp/disk of=/dev/null bs=512 count=1"
attempt 'memory' 'dd if=/dev/mem of=/dev/null bs=1 count=1'
attempt 'the kernel'"'"'s log' 'timeout 1 dd if=/dev/kmsg of=/dev/null count=1 bs=8k'
attempt 'the control node' 'test -c /dev/cloison/control || { echo denied; exit 1; }'
attempt 'the control node by a node of its own' "rm -f /tmp/control; mknod /tmp/control c $(stat -c '0x%t 0x%T' /dev/cloison/control) && : <>/tmp/control"

# Other processes: of the host, and of another tenant.
cloison run globex -- sh -c 'echo up; exec sleep 1000' >"$work/up" &
pid=$!
within 'a process of another tenant' 10 grep -q up "$work/up"
within 'it is what it stays' 20 pgrep -x sleep
other=$(pgrep -x sleep)
attempt 'its memory' "head -c1 /proc/$other/maps >/dev/null"
attempt 'its environment' "cat /proc/$other/environ >/dev/null"
attempt 'its root' "ls /proc/$other/root/ >/dev/null"
attempt 'a signal to it' "kill -CONT $other"
attempt 'a signal to the host'"'"'s first process' "grep -q 'run\|init\|sh\|busybox' /proc/1/comm && [ \$(grep -c . /proc/1/cgroup) -gt 0 ] && [ \$\$ -gt 50 ] && kill -CONT 1 || { echo denied; exit 1; }"
ran 'kill -KILL -1' >/dev/null 2>&1
check 'a signal to all that it sees leaves the other tenant'"'"'s' kill -0 "$other"
kill "$pid"
wait "$pid"

# What else root of a host may do.
attempt 'a module' 'modprobe -r dummy 2>/dev/null; modprobe dummy && grep -q "^dummy " /proc/modules && [ -w /lib ] || { echo denied; exit 1; }'
attempt 'the clock' 'date -s "$(date)" >/dev/null'
attempt 'the host'"'"'s name' 'n=$(hostname); hostname $n'
attempt 'the network' 'ip link set lo mtu 65536'
attempt 'a mount that the host sees' 'mkdir -p /tmp/m; mount -t tmpfs seen-outside /tmp/m && grep -q seen-outside /proc/1/mounts; s=$?; umount /tmp/m; [ $s = 0 ] && [ "$(readlink /proc/self/ns/user)" = "user:[4026531837]" ] || { echo denied; exit 1; }'
attempt 'the guard'"'"'s pins' 'ls /sys/fs/bpf/cloison >/dev/null'
refused 'leaving its cgroup' "$no" ran 'echo 0 >/sys/fs/cgroup/cgroup.procs'
check 'and yet it opens its region' cloison run acme -- dd if=/dev/cloison/acme/weights of=/dev/null bs=4k count=1
finish
