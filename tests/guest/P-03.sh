#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: P-03: root of cloison run is not root of the host
. /tests/guest/lib.sh

wall_up
make_tenant acme
make_tenant globex
make_region acme/weights

# Each attempt is a shell command. It works outside, and is refused inside; nested is a
# user namespace that root inside makes, where it has every capability. It makes it as
# another user of its own: to map root takes CAP_SETFCAP, which it does not have.
ran() { cloison run acme -- sh -c "$1"; }
further=(setpriv --reuid 1000 --regid 1000 --clear-groups unshare -Urmpf)
nested() { cloison run acme -- "${further[@]}" sh -c "$1"; }
check 'root inside makes a further namespace, with all capabilities' \
	nested '[ "$(id -u)" = 0 ] && grep -q "^CapEff:.*1ffffffffff$" /proc/self/status'
# What the kernel answers, which ends a line of what the command says.
EACCES='Permission denied$' EPERM='Operation not permitted$' EROFS='Read-only file system$'
ENOENT='No such file or directory$' ESRCH='No such process$'
ask='python3 /tests/guest/ask.py'

# attempt WHAT COMMAND ANSWER [ANSWER IN THE FURTHER NAMESPACE]
attempt() {
	local what=$1 command=$2
	check "control: outside: $what" sh -c "$command"
	refused "inside: $what" "$3" ran "$command"
	refused "inside a further namespace: $what" "${4:-$3}" nested "$command"
}

# setting WHAT PATH VALUE
setting() { attempt "$1" "echo '$3' >$2" "$EROFS"; }
# What a setting is set to is what it has.
again() { setting "$1" "$2" "$(cat "$2")"; }

pattern=$(cat /proc/sys/kernel/core_pattern)
setting 'core_pattern' /proc/sys/kernel/core_pattern '|/tmp/x'
same 'which is what the control set' "$(cat /proc/sys/kernel/core_pattern)" '|/tmp/x'
echo "$pattern" >/proc/sys/kernel/core_pattern
helper=$(cat /proc/sys/kernel/modprobe)
setting 'the path of modprobe' /proc/sys/kernel/modprobe /tmp/x
echo "$helper" >/proc/sys/kernel/modprobe
setting 'a sysctl of memory' /proc/sys/vm/swappiness 61
setting 'a sysctl of the network that it shares' /proc/sys/net/ipv4/ip_forward 0
setting 'sysrq' /proc/sysrq-trigger h
again 'the affinity of interrupts' /proc/irq/default_smp_affinity

parameter=/sys/module/cloison/parameters/sweep_ms
setting 'a parameter of the module' $parameter 51
echo 50 >$parameter
setting 'sysfs' /sys/devices/virtual/workqueue/cloison_scrub/nice 0
attempt 'the freezer of its cgroup' \
	"p=\$(find /sys/fs/cgroup -name cgroup.freeze | tail -n1); echo 0 >\$p" "$EROFS"

# By a mount that is made writable again, and by one that is made again. 0x1020 is
# MS_BIND and MS_REMOUNT.
attempt 'sysctl through a mount that is made writable' \
	"mount --bind /proc/sys /proc/sys; $ask mount none /proc/sys none 0x1020; s=\$?; umount /proc/sys; exit \$s" \
	"$EPERM"
attempt 'the root file system made writable' "$ask mount none / none 0x1020" "$EPERM"
attempt 'sysctl through a procfs of its own' \
	"mkdir -p /tmp/p && $ask mount proc /tmp/p proc && echo 61 >/tmp/p/sys/vm/swappiness; s=\$?; umount -l /tmp/p; exit \$s" "$EPERM"
attempt 'sysfs through a mount of its own' \
	"mkdir -p /tmp/s && $ask mount sysfs /tmp/s sysfs && echo 0 >/tmp/s/devices/virtual/workqueue/cloison_scrub/nice; s=\$?; umount -l /tmp/s; exit \$s" "$EPERM"
attempt 'debugfs' "mkdir -p /tmp/d && $ask mount d /tmp/d debugfs && umount /tmp/d" "$EPERM"
# In a further namespace there is a binfmt_misc of its own.
must modprobe binfmt_misc
mkdir -p /srv/formats
must mount -t binfmt_misc b /srv/formats
attempt 'a format of binfmt_misc' \
	'echo ":x:M::XX::/bin/true:" >/srv/formats/register && echo -1 >/srv/formats/x' "$EROFS"
format="mkdir -p /tmp/b && $ask mount b /tmp/b binfmt_misc && echo ':x:M::XX::/bin/true:' >/tmp/b/register && ls /tmp/b/x"
check 'control: outside: binfmt_misc by a mount of its own' sh -c "$format"
check 'control: the host has the format' test -e /srv/formats/x
echo -1 >/srv/formats/x
must umount /tmp/b
refused 'inside: binfmt_misc by a mount of its own' "$EPERM" ran "$format"
check 'inside a further namespace: a binfmt_misc of its own' nested "$format"
check 'which the host does not have' test ! -e /srv/formats/x
must umount /srv/formats

# Files.
mkdir -p /etc/cron.d
attempt 'a file of cron' 'echo "* * * * * root true" >/etc/cron.d/x && rm /etc/cron.d/x' "$EROFS"
echo 'root:hash' >/etc/shadow-test
chmod 600 /etc/shadow-test
attempt 'reading what the host keeps from others' 'cat /etc/shadow-test' "$EACCES"
# The host is the witness of whose such a program is.
first=$((0x70000000 + 65536 * $(</sys/class/cloison_tenant/acme/number)))
mkdir -p /srv/out
chown "$first:$first" /srv/out
chmod 777 /srv/out
program='cp /bin/true /srv/out/u && chown 0:0 /srv/out/u && chmod 4755 /srv/out/u'
owner() { stat -c '%u %a' /srv/out/u; rm -f /srv/out/u; }
check 'control: outside: a program with root'"'"'s rights' sh -c "$program"
same 'control: which is the host'"'"'s root'"'"'s' "$(owner)" '0 4755'
check 'inside: a program with the rights of root inside' cloison run acme --write /srv/out -- sh -c "$program"
same 'which is not the host'"'"'s root'"'"'s' "$(owner)" "$first 4755"
check 'inside a further namespace: the same' \
	cloison run acme --write /srv/out -- "${further[@]}" sh -c "$program"
same 'which is not the host'"'"'s root'"'"'s either' "$(owner)" "$((first + 1000)) 4755"
rm -r /srv/out

# Devices: by the host's node, and by one that it makes.
disk=/dev/vda
attempt 'a disk' "dd if=$disk of=/dev/null bs=512 count=1" "$ENOENT"
attempt 'a node of a disk' "rm -f /tmp/disk; mknod /tmp/disk b $(stat -c '0x%t 0x%T' "$disk") && dd if=/tmp/disk of=/dev/null bs=512 count=1" "$EPERM"
attempt 'memory' 'dd if=/dev/mem of=/dev/null bs=1 count=1' "$ENOENT"
attempt 'the kernel'"'"'s log' 'timeout 1 dd if=/dev/kmsg of=/dev/null count=1 bs=8k' "$ENOENT"
control='/usr/lib/cloison-tests/host-try open'
attempt 'the control node' "$control /dev/cloison/control" "$ENOENT"
attempt 'the control node by a node of its own' "rm -f /tmp/control; mknod /tmp/control c $(stat -c '0x%t 0x%T' /dev/cloison/control) && $control /tmp/control" "$EPERM"

# Other processes: of another tenant, and of the host. In a namespace of its own they have
# no number.
cloison run globex -- sh -c 'echo up; exec sleep 1000' >"$work/up" &
pid=$!
within 'a process of another tenant' 10 grep -q up "$work/up"
within 'it is what it stays' 20 pgrep -x sleep
other=$(pgrep -x sleep)
attempt 'its memory' "head -c1 /proc/$other/maps >/dev/null" "$ENOENT"
attempt 'its environment' "cat /proc/$other/environ >/dev/null" "$ENOENT"
attempt 'its root' "ls /proc/$other/root/ >/dev/null" "$ENOENT"
attempt 'a signal to it' "kill -CONT $other" "$ESRCH"
sleep 1000 &
own=$!
attempt 'a signal to a process of the host' "kill -CONT $own" "$ESRCH"
same 'a signal to all that it sees ends its own' \
	"$(ran 'sleep 1000 & kill -KILL -1; wait $!; echo $?' 2>/dev/null)" 137
check 'but not the other tenant'"'"'s' kill -0 "$other"
check 'nor the host'"'"'s' kill -0 "$own"
kill "$pid" "$own"
wait "$pid" "$own"

# What else root of a host may do.
modprobe -r dummy
xz -dc "$(modinfo -n dummy)" >/srv/dummy.ko
attempt 'a module' "$ask module /srv/dummy.ko" "$EPERM"
check 'control: it is there' test -d /sys/module/dummy
modprobe -r dummy
attempt 'the clock' "$ask settime" "$EPERM"
attempt 'the host'"'"'s name' "$ask hostname" "$EPERM"
attempt 'the network' 'ip link set lo mtu 65536' "$EPERM"
mounting="mkdir -p /tmp/m; $ask mount seen-outside /tmp/m tmpfs && echo mounted"
check 'control: outside: a mount' sh -c "$mounting"
check 'control: the host sees it' grep -q seen-outside /proc/1/mounts
must umount /tmp/m
refused 'inside: a mount' "$EPERM" ran "$mounting"
nested "$mounting && exec sleep 1000" >"$work/mounted" 2>&1 &
pid=$!
within 'inside a further namespace: a mount of its own' 20 grep -q mounted "$work/mounted"
refused 'which the host does not see' '^$' sh -c 'grep seen-outside /proc/1/mounts || { echo; exit 1; }'
kill "$pid"
wait "$pid"
attempt 'the guard'"'"'s pins' 'ls /sys/fs/bpf/cloison >/dev/null' "$ENOENT"
refused 'leaving its cgroup' "$EROFS" ran 'echo 0 >/sys/fs/cgroup/cgroup.procs'
check 'and yet it opens its region' cloison run acme -- dd if=/dev/cloison/acme/weights of=/dev/null bs=4k count=1
finish
