#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: pens: added, listed, removed, refused; tenants outside of one
# fresh
. /tests/guest/lib.sh

show() { cloison guard show --json | jq -r "$1"; }
pens() { cloison pen list --json | jq -c '[.[] | .pen]'; }

# A process in other/busy, and none any more.
populate() {
	sleep 300 &
	busy=$!
	echo $busy >"$CGROUPS/other/busy/cgroup.procs"
}
depopulate() {
	kill $busy
	wait $busy 2>/dev/null
}

makes() { within_cgroup "$1" net-sock 'socket p udp4'; }

must modprobe cloison
refused 'without a guard' 'no guard is loaded' cloison pen add other
mkdir -p "$PEN/busy" "$CGROUPS/cloison.slice" "$CGROUPS/other/busy" "$CGROUPS/plain"
sleep 300 &
busy=$!
echo $busy >"$PEN/busy/cgroup.procs"
refused 'a pen with processes is not loaded' 'has processes already' cloison guard load
same 'and nothing is' "$(show '"\(.loaded) \(.held)"')" 'false 0'
check 'with --adopt it is' cloison guard load --adopt
same 'the two that are standard' "$(pens)" '["/cloison","/cloison.slice"]'
kill $busy
wait $busy 2>/dev/null

refused 'the root' 'not a directory below' cloison pen add /
refused 'the root by its mount' 'not a directory below' cloison pen add "$CGROUPS"
refused 'a pen in a pen' 'one in the other' cloison pen add cloison/inner
check 'and no directory is left' [ ! -d "$PEN/inner" ]
refused 'a pen once more' 'already' cloison pen add cloison
refused 'a pen around a pen' 'already|one in the other' cloison pen add "$CGROUPS/cloison"
check 'control: no pen yet' makes "$CGROUPS/other/busy"
populate
refused 'one with processes' 'pen add /other --adopt' cloison pen add other
depopulate
check 'one without' cloison pen add other
same 'they are listed' "$(pens)" '["/cloison","/cloison.slice","/other"]'
refused 'a stray in it' 'not permitted' makes "$CGROUPS/other/busy"
refused 'a stray in the slice' 'not permitted' makes "$CGROUPS/cloison.slice/x"
check 'outside nobody is stopped' makes "$CGROUPS/plain"
check 'one that lies deeper' cloison pen add plain/a/b
refused 'a stray there' 'not permitted' makes "$CGROUPS/plain/a/b/c"
refused 'a stray in the pen itself' 'not permitted' sh -c "echo \$\$ >$CGROUPS/plain/a/b/cgroup.procs; exec net-sock 'socket p udp4'"
check 'above it nobody is' makes "$CGROUPS/plain/a"
refused 'a fifth' 'no more can be' cloison pen add fifth

# Each of them has all its links, by which everything stands or falls.
same 'all are in force' "$(show '[.pens[] | select(.in_force)] | length')" 4
must bpftool link detach pinned "$PINS/pens/plain_a_b/egress"
same 'one that is detached is told' "$(show '.pens[3].in_force')" false
check 'load mends it' cloison guard load
same 'all are in force again' "$(show '[.pens[] | select(.in_force)] | length')" 4

refused 'a tenant outside every pen' 'cloison pen add /plain$' cloison tenant add acme --quota 1M --cgroup plain/acme
refused 'a tenant in the pen itself' 'outside every pen' cloison tenant add acme --quota 1M --cgroup other
check 'a tenant below one' cloison tenant add acme --quota 1M --cgroup other/acme
same 'is shown with it' "$(show '.tenants[0].pen')" /other
refused 'a tenant in a tenant' 'acme' cloison tenant add inner --quota 1M --cgroup other/acme/inner
check 'a tenant' cloison tenant add deep --quota 1M --cgroup other/d/e/f
refused 'a tenant around a tenant' 'deep' cloison tenant add around --quota 1M --cgroup other/d
refused 'its pen stays' 'tenant remove acme|tenant remove deep' cloison pen remove other
must cloison tenant remove acme
must cloison tenant remove deep
populate
refused 'while it has processes' 'pen remove /other --force' cloison pen remove other
depopulate
check 'it goes' cloison pen remove other
check 'and who is there is the host'"'"'s' makes "$CGROUPS/other/busy"
refused 'twice is an error' 'not a pen' cloison pen remove other
check 'the others stay' cloison guard show
refused 'as they were' 'not permitted' makes "$CGROUPS/cloison.slice/x"
must cloison pen remove plain/a/b
must cloison pen remove cloison.slice
finish
