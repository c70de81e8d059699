#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: cgroup2 elsewhere than /sys/fs/cgroup, twice, hybrid, nowhere
# fresh
# timeout: 400
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-pen.sh

usual=$CGROUPS
show() { cloison guard show --json | jq -r "$1"; }

# at DIRECTORY: where cgroup2 is from now on
at() {
	CGROUPS=$1 PEN=$1/cloison
	WALLED=$PEN/acme OPEN=$CGROUPS/open
}

# walled WHAT: a tenant is behind its wall, and who is none's is not
walled() {
	make_tenant acme
	make_region acme/weights
	allow out "$PEER" udp 7001
	rush_begin "$1" "$WALLED" acme
	session "acme-$1" "$WALLED" acme
	leaks "$1: what a rule allows passes" "acme-$1" "socket s udp4; sendto s $PEER 7001 @"
	stays "$1: what none does" 'not permitted' "acme-$1" "socket t udp4; sendto t $PEER 7002 @"
	for family in packet vsock; do
		refused "$1: a socket: $family" 'not permitted|not supported' in_tenant acme net-sock "socket p $family"
	done
	refused "$1: a task does not leave" 'not permitted' in_tenant acme sh -c "echo 0 >$CGROUPS/cgroup.procs"
	must mkdir -p "$PEN/stray"
	refused "$1: beside it a stray" 'not permitted' within_cgroup "$PEN/stray" net-sock 'socket p udp4'
	check "$1: the region opens" in_tenant acme dd if=/dev/cloison/acme/weights of=/dev/null bs=4k count=1
	refused "$1: not to a stray" 'Permission denied' within_cgroup "$PEN/stray" cat /dev/cloison/acme/weights
	same "$1: the guard is whole" "$(show .whole)" true
	check "$1: the host has its sockets" net-sock 'socket p packet'
	rush_goes_on "$1: who enters is refused" "$1"
	rush_end "$1"
	same "$1: nothing of that arrived" "$(rush_arrived "$1")" 0
}

down() {
	must cloison region destroy acme/weights
	must cloison tenant remove acme --force
	must remove_cgroup "$PEN/acme"
	must remove_cgroup "$PEN/stray"
	must cloison guard unload
}

net_up
must modprobe cloison
must cloison pool add pci "$ACCELERATOR" --name accel0

# ---- nowhere ------------------------------------------------------------------------

must umount "$usual"
refused 'mounted nowhere: the guard is not loaded' 'mount --mkdir -t cgroup2' cloison guard load
refused 'nor is a tenant made' 'no cgroup2 file system is mounted' cloison tenant add acme --quota 1M
bash -c "$(sed -n 's/.*mount it: //p' "$work/output")"
check 'what it says mounts it' mountpoint -q /run/cgroup2
must umount /run/cgroup2

# ---- elsewhere ------------------------------------------------------------------------

must mkdir -p /mnt/control "/mnt/a b/groups" /mnt/part
must mount -t cgroup2 none /mnt/control
at /mnt/control
# A part of it is not the whole.
must mount --bind /mnt/control/cloison /mnt/part
must cloison guard load
walled elsewhere
down

# ---- twice ------------------------------------------------------------------------------

must mount -t cgroup2 none "/mnt/a b/groups"
must cloison guard load
walled twice
refused 'a path by the second mount is refused' 'not a directory below' \
	cloison tenant add other --quota 1M --cgroup '/mnt/a b/groups/cloison/other'
check 'it is the same hierarchy' [ -d '/mnt/a b/groups/cloison/acme' ]
down
must umount /mnt/part
must umount /mnt/control
at '/mnt/a b/groups'
must cloison guard load
check 'a mount whose name has a space: a pen' cloison pen list
same 'it is in force' "$(show '.pens[0].in_force')" true
must cloison guard unload
must umount '/mnt/a b/groups'

# ---- hybrid, as older systemd has it -------------------------------------------------------

must mount -t tmpfs none "$usual"
must mkdir "$usual/systemd" "$usual/unified"
must mount -t cgroup -o none,name=systemd none "$usual/systemd"
must mount -t cgroup2 none "$usual/unified"
at "$usual/unified"
must cloison guard load
walled hybrid
# The ids of its cgroups are its own: the same number may be a pen's.
must mkdir -p "$usual/systemd/cloison"
same 'a cgroup of v1 by a pen'"'"'s name is not the pen' "$(show '.pens[0].in_force')" true
must rmdir "$usual/systemd/cloison"
down

must umount "$usual/unified"
must umount "$usual/systemd"
must umount "$usual"
must mount -t cgroup2 none "$usual"
at "$usual"
check 'and as usual again' cloison guard load
finish
