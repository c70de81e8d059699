#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: the LSM's part of the guard: no memory without it, mended, who is let go
# fresh
. /tests/guest/lib.sh

opens() { in_tenant acme dd if=/dev/cloison/acme/weights of=/dev/null bs=4k count=1; }
out_of_reach() { ! opens; }
show() { cloison guard show --json | jq -r "$1"; }
makes() { in_tenant "$1" net-sock 'socket p packet'; }

wall_up
make_tenant acme
make_region acme/weights
check 'the owner opens its region' opens
same 'each hook has a program that is attached' "$(show '[.lsm[] | select(.link == 0)] | length')" 0

# What the verifier has to do for them at each load: its own limit is a million.
note "instructions verified: $(show '[.lsm[] | "\(.hook) \(.instructions)"] | join(", ")')"
same 'none needs more than 20,000' "$(show '[.lsm[].instructions] | max < 20000')" true

for hook in socket_create file_receive; do
	must rm "$PINS/lsm/$hook"
	check "$hook: without its pin all goes on" opens
	must guard-release "lsm/$hook"
	within "$hook: without its link it is missed" 20 sh -c '! cloison guard show >/dev/null'
	# A program goes a moment after its last link.
	within "$hook: the tenant's memory is out of reach" 20 out_of_reach
	refused "$hook: and why" 'Permission denied' opens
	same "$hook: the guard shows it" "$(show .whole)" false
	check "$hook: load mends it" cloison guard load
	same "$hook: all is whole" "$(show .whole)" true
	check "$hook: access again" opens
done

# Tenants at several depths, and one that goes.
make_tenant deep --cgroup "$PEN/a/b/c"
make_tenant flat
refused 'a tenant at depth 1' 'not supported' makes acme
refused 'a tenant at depth 3' 'not supported' within_cgroup "$PEN/a/b/c" net-sock 'socket p packet'
refused 'beside it a task is a stray' 'not supported' within_cgroup "$PEN/a/b" net-sock 'socket p packet'
mkdir -p "$CGROUPS/open"
check 'outside the pen nobody is stopped' within_cgroup "$CGROUPS/open" net-sock 'socket p packet'
check 'nor on the host' net-sock 'socket p packet'

# A pilot is told of what it makes, and still has no way to others.
must cloison net mode deep observe
observed() { counted deep 1 outside; }
check 'in mode observe a packet socket is made' within_cgroup "$PEN/a/b/c" net-sock 'socket p packet'
same 'and counted' "$(observed)" 1
refused 'but no way out is open' 'not permitted' \
	within_cgroup "$PEN/a/b/c" sh -c "echo 0 >$CGROUPS/cgroup.procs"
check 'a tenant ends' cloison tenant remove flat
mkdir -p "$PEN/flat"
refused 'and who is in its cgroup is a stray' 'not supported' within_cgroup "$PEN/flat" net-sock 'socket p packet'
refused 'the others are not' 'not supported' makes acme
finish
