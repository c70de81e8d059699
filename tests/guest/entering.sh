#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a container engine's child hands its terminal over, and nothing after that
. /tests/guest/lib.sh

OPEN=$CGROUPS/open
mkdir -p /dev/pts
mountpoint -q /dev/pts || must mount -t devpts devpts /dev/pts
mkdir -p "$OPEN" "$PEN/acme"
must cp /usr/lib/cloison-tests/entering "$work/copy"
comes() { entering "$1" "$2" "$work/copy" 2>&1 | xargs; }

for how in plain path space script thread; do
	same "control, no tenant: $how" "$(comes "$OPEN" $how)" 'passed passed'
done
must modprobe cloison
must cloison guard load
make_tenant acme
into() { comes "$PEN/acme" "$1"; }

same 'before its exec the child passes the terminal, after it there is no socket' \
	"$(into plain)" 'passed closed'
same 'a child of that child too' "$(into fork)" 'passed passed closed'
# What runc does: it executes itself by descriptor, once.
same 'once by a descriptor of its own file it still may' "$(into self)" 'passed passed closed'
same 'and by a copy of it in memory' "$(into memory)" 'passed passed closed'

# What an attacker would do.
same 'not by path, which may lead anywhere' "$(into path)" 'passed closed'
same 'not by a copy in memory in a mount namespace of its own' "$(into space)" 'passed closed'
same 'not by a script' "$(into script)" 'passed closed'
same 'a thread that executes ends it as well' "$(into thread)" 'passed closed'
same 'control, no tenant: a connection is received' "$(comes "$OPEN" received)" passed
same 'a connection that arrives while it is entering is stripped' "$(into received)" stripped
same 'control, no tenant: descriptors are shared' "$(comes "$OPEN" shared)" lives
same "a task with its parent's descriptors is killed" "$(into shared)" killed
same 'what is spawned by a task with rings is not' "$(into spawned)" ran

# To trace a task that is entering is to have its socket: its own tenant may not either.
mkfifo "$work/go"
waits() {
	echo "$BASHPID" >"$PEN/acme/cgroup.procs" || exit 125
	echo "$BASHPID" >"$work/pid"
	read -r _ <"$work/go"
	exec sleep 1000
}
[ ! -e /proc/sys/kernel/yama/ptrace_scope ] || echo 0 >/proc/sys/kernel/yama/ptrace_scope
waits &
within 'one is entering' 30 test -s "$work/pid"
pid=$(<"$work/pid")
for what in attach seize mem fd root getfd; do
	refused "its tenant's root does not get at it: $what" 'not permitted|Permission denied' \
		in_tenant acme process-try "$what" "$pid"
done
check 'control: the host does' process-try getfd "$pid"
check 'a signal comes, which gives nothing' in_tenant acme kill -STOP "$pid"
refused 'nor when it stands still' 'not permitted' in_tenant acme process-try getfd "$pid"
must kill -CONT "$pid"
echo >"$work/go"
within 'it has executed a program' 30 grep -q sleep "/proc/$pid/comm"
check 'control: after that its tenant does' in_tenant acme process-try getfd "$pid"
check 'by ptrace too' in_tenant acme process-try attach "$pid"
kill -9 "$pid"
check 'the log says why one was killed' grep -q 'killed on its way into a tenant: a process outside has' <(dmesg)
finish
