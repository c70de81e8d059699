#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: cloison run: each line of the manual's table of what root inside can do
. /tests/guest/lib.sh

# The table: "WHAT<tab>yes|no" for each of its rows.
page=/usr/share/man/man1/cloison-run.1
sed -n '/^\.Ss What root inside can do/,/^\.El/s/^\.It \(.*\) Ta \(yes\|no\)$/\1\t\2/p' $page >"$work/table"

wall_up
make_tenant acme
make_tenant globex
make_region acme/weights
make_region globex/weights
first=$((0x70000000 + 65536 * $(</sys/class/cloison_tenant/acme/number)))
mkdir -p /srv/models
chown "$first:$first" /srv/models
echo kept >/etc/kept
chmod 600 /etc/kept
export SLOW SECRET=of-the-host
[ ! -e /sys/module/dummy ] || must rmmod dummy
cp /usr/bin/id /usr/local/bin/id-as-4242
chown 4242 /usr/local/bin/id-as-4242
chmod 4755 /usr/local/bin/id-as-4242
printf 'import socket, sys\ns = socket.socket()\ns.bind(("127.0.0.1", int(sys.argv[1])))\ns.listen()\n' >/usr/local/bin/listen.py

# A run of another tenant, and of the same one, to be found or not.
cloison run globex -- sh -c 'echo x >/dev/shm/found; ipcmk -Q; echo up; exec sleep 1000' >"$work/up" &
other=$!
cloison run acme -- sh -c 'echo x >/dev/shm/found; ipcmk -Q; echo up; exec sleep 1001' >"$work/up2" &
same_tenant=$!
within 'two other runs' 20 sh -c "grep -q up $work/up && grep -q up $work/up2"

declare -A try
row() { try[$1]=$2; }
row "open the tenant's own regions" 'dd if=/dev/cloison/acme/weights of=/dev/null bs=4k count=1'
row 'write to its own /tmp, /var/tmp, /root and /dev/shm' 'touch /tmp/x /var/tmp/x /root/x /dev/shm/x'
row 'write to a directory of --write that the tenant owns' 'touch /srv/models/x'
row "be any user of the tenant's range, and give files to it" \
	'touch /tmp/x && chown 65535:65535 /tmp/x && setpriv --reuid 1000 --regid 1000 --clear-groups id -u | grep -x 1000'
row 'change its root directory' 'chroot / true'
row 'make a further user namespace' 'unshare -U true'
row 'signal and trace its own processes' 'sleep 100 & kill -0 $! && kill $! && strace -o /dev/null true'
row 'listen on a port from 1024 on' 'python3 /usr/local/bin/listen.py 1024'
row 'write a file of the host' 'touch /etc/x || touch /usr/x || touch /var/x || touch /run/x'
row 'read a file that the host keeps from others' 'cat /etc/kept'
row "make the host's files writable by another mount" \
	'setpriv --reuid 1000 --regid 1000 --clear-groups unshare -Urm sh -c "mount -o remount,bind,rw / || { mkdir /tmp/b; mount --bind / /tmp/b && mount -o remount,bind,rw /tmp/b; }"'
row 'mount a file system, but in a further user namespace' 'mkdir -p /tmp/m && mount -t tmpfs x /tmp/m && umount /tmp/m'
row 'make a device node' 'mknod /tmp/null c 1 3'
row 'open a disk, /dev/mem or /dev/kmsg' 'for f in /dev/vda /dev/mem /dev/kmsg /dev/loop0; do : <$f && exit 0; done; exit 1'
row 'open the control node of cloison' ': </dev/cloison/control'
row 'see a region of another tenant' 'ls /dev/cloison/globex'
row 'change a setting below /proc/sys' 'echo 61 >/proc/sys/vm/swappiness || echo 1 >/proc/sys/kernel/sysrq'
row "change the host's core_pattern" 'echo core >/proc/sys/kernel/core_pattern'
row 'change a parameter of the module' 'echo 50 >/sys/module/cloison/parameters/sweep_ms'
row 'change anything in /sys' 'find /sys -type f -writable | grep .'
row 'load a module' 'modprobe dummy && grep "^dummy " /proc/modules'
row 'set the clock' 'date -s @2000000000'
row "set the host's name" 'hostname other'
row "read the kernel's log" 'dmesg'
row 'change the network that it shares' 'ip link add x type dummy || ip link set lo mtu 1500 || ip addr add 10.1.1.1 dev lo'
row 'listen on a port below 1024' 'python3 /usr/local/bin/listen.py 1023'
row 'see or signal a process of the host or of another run' 'pgrep sleep || [ $(ls -d /proc/[0-9]* | wc -l) -gt 8 ]'
row 'find a queue, shared memory or key of another run' 'test -e /dev/shm/found || ipcs -q | grep ^0x || grep -v " $(id -u) " /proc/keys | grep .'
row "see the caller's environment" 'env | grep SECRET || grep -z SECRET /proc/1/environ'
row 'leave its cgroup' 'find / -name cgroup.procs -writable 2>/dev/null | grep . || echo 0 >/sys/fs/cgroup/../cgroup.procs'
row 'get rights from a set-user-ID program' '[ "$(/usr/local/bin/id-as-4242 -u)" != 0 ]'
# Its own test has the attacks; here is what there is to attack.
row "read what is typed at the caller's terminal" '[ -e /dev/pts/1 ] || ls -l /proc/*/fd | grep /dev/pts/[1-9]'

while IFS=$'\t' read -r what can; do
	command=${try[$what]:-}
	if [ -z "$command" ]; then
		not_ok "no attempt for the manual's \"$what\""
		continue
	fi
	# shellcheck disable=SC2184 # the brackets are an index, and no pattern
	unset 'try[$what]'
	if cloison run acme --write /srv/models -- sh -c "$command" >"$work/output" 2>&1 </dev/null; then
		seen=yes
	else
		seen=no
	fi
	same "$what: $can" "$seen" "$can"
	[ "$seen" = "$can" ] || sed 's/^/#   /' "$work/output"
	# What is refused must be possible outside, or the attempt shows nothing.
	case $can:$what in
	no:*"another mount" | no:*"further user namespace" | no:*node | no:*"/proc/sys" | no:*core_pattern | no:*module | \
		no:*"in /sys" | no:*log | no:*shares | no:*1024 | no:*"keeps from others" | no:*"of the host" | no:*program | no:"see "*)
		check "control: outside: $what" sh -c "$command"
		;;
	esac
done <"$work/table"
same 'each attempt is for a line of the table' "${!try[*]}" ''
check 'the table has all its lines' [ "$(wc -l <"$work/table")" = 32 ]
kill $other $same_tenant
wait
finish
