#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: P-03: the process by which region load acts inside a tenant has no rights there
. /tests/guest/lib.sh

wall_up
make_tenant acme
make_region acme/weights
head -c 100000 /dev/urandom >"$work/file"
chmod 600 "$work/file"

check 'control: a file of the host'"'"'s root is loaded' cloison region load "$work/file" acme/weights
same 'and is there' "$(in_tenant acme head -c 100000 /dev/cloison/acme/weights | sha256sum)" \
	"$(sha256sum <"$work/file")"
must cloison region destroy acme/weights
make_region acme/weights

# It stands still at its last step, since nobody takes what it has to say.
mkfifo "$work/full"
exec 6<>"$work/full"
timeout 1 dd if=/dev/zero of="$work/full" bs=4k oflag=nonblock 2>/dev/null
start_load() {
	(
		trap - INT
		exec cloison region load "$work/file" acme/weights >"$work/full" 2>"$work/said"
	) &
	pid=$!
	within 'a load stands still' 20 find_child
}
# In the leaf, and waiting for the pipe.
find_child() {
	child=$(cat "$PEN"/acme/run-*/cgroup.procs)
	[ -n "$child" ] && grep -q pipe_write "/proc/$child/stack"
}
start_load
first=$((0x70000000 + 65536 * $(</sys/class/cloison_tenant/acme/number)))
field() { sed -n "s/^$1:\t//p" "/proc/$child/status"; }
same 'it is a user of the tenant'"'"'s range' "$(field Uid)" "$(printf '%s\t%s\t%s\t%s' $first $first $first $first)"
same 'without any capability' "$(field CapEff) $(field CapPrm) $(field CapBnd)" \
	'0000000000000000 0000000000000000 0000000000000000'
same 'and does not get any' "$(field NoNewPrivs)" 1
same 'its root has nothing but /dev' "$(ls "/proc/$child/root")" dev
same 'with the tenant'"'"'s nodes' "$(ls "/proc/$child/root/dev/cloison")" acme
check 'nothing of the host is mounted there' sh -c "! grep -qE ' / (ext|erofs|overlay|9p)' /proc/$child/mounts"
same 'but for the file it has no descriptor of the host' \
	"$(find "/proc/$child/fd" -lname '/*' -printf '%l\n' | grep -v "^/dev/cloison\|^/dev/null\|^$work\|^/dev/pts\|^/dev/ttyS\|^/dev/console" | sort -u)" ''
check 'control: the host looks at it' cat "/proc/$child/environ"
refused 'a process of the tenant with the same user does not' 'denied|not permitted' \
	in_tenant acme setpriv --reuid $first --regid $first --clear-groups cat "/proc/$child/environ"
kill -INT $pid
wait $pid
check 'an interrupt ends it' grep -q 'ended by a signal' "$work/said"
check 'and no process is left' [ ! -d "/proc/$child" ]
check 'nor a cgroup' [ -z "$(find "$PEN/acme" -name 'run-*')" ]

start_load
kill -KILL $pid
wait $pid 2>/dev/null
gone() { [ ! -d "/proc/$child" ]; }
within 'it does not outlive the command that is killed' 10 gone

echo 1 >"$PEN/acme/cgroup.freeze"
until grep -q 'frozen 1' "$PEN/acme/cgroup.events"; do sleep 0.05; done
refused 'in a frozen tenant it is an error' "echo 0 >$PEN/acme/cgroup.freeze" \
	cloison region load "$work/file" acme/weights
echo 0 >"$PEN/acme/cgroup.freeze"
sysctl -q -w user.max_user_namespaces=0
check 'it needs no user namespace' cloison region load "$work/file" acme/weights --seal
sysctl -q -w user.max_user_namespaces=10000
check 'and seals' grep -q sealed /sys/class/cloison/*/state
check 'and measures' cloison region measure acme/weights
finish
