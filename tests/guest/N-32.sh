#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: rings and memory from before the task joined
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
guard_up
make_tenant acme

# What a task maps before it joins, no hook sees it use afterwards: it is killed.
ring-before "$OPEN" "$OPEN" >"$work/ring" 2>&1
check 'control: the ring of before, used in another cgroup' grep -q '^joined: read' "$work/ring"
ring-before "$OPEN" "$WALLED" >"$work/ring" 2>&1
same 'a task that maps a packet ring of before is killed when it joins' $? 137
check 'control: it had read it' grep -q '^mapped before: read' "$work/ring"
same 'and reads no more' "$(grep -c '^joined' "$work/ring")" 0

# A host's polled io_uring, which a host's thread carries out.
check 'control: a polled ring of the host, mapped by its child' ring-poll "$OPEN" "$OPEN"
refused 'a polled ring of the host, mapped by a child that joined' 'Bad file descriptor' \
	ring-poll "$OPEN" "$WALLED"

# The way in that leaves nothing: no descriptor and no memory of before.
inherits() { "$@" 7</dev/zero 9>"$work/left"; }
check 'control: a descriptor is inherited' inherits in_tenant acme test -e /proc/self/fd/9
same 'cloison run: it is not' \
	"$(inherits cloison run acme -- sh -c 'test -e /proc/self/fd/9; echo $?')" 1
same 'but for the standard ones' \
	"$(inherits cloison run acme -- sh -c 'ls /proc/$$/fd; :' </dev/null | paste -sd' ')" '0 1 2'
finish
