#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: leaving the tenant's cgroup
# fresh
. /tests/guest/lib.sh

mkdir -p "$CGROUPS/outside" "$PEN/acme"
check 'control, no wall: cgroup.procs' within_cgroup "$PEN/acme" \
	sh -c 'echo $$ >/sys/fs/cgroup/outside/cgroup.procs'
check 'control, no wall: CLONE_INTO_CGROUP' within_cgroup "$PEN/acme" clone-into "$CGROUPS/outside"
wall_up
make_tenant acme
refused 'by cgroup.procs' 'not permitted' in_tenant acme \
	sh -c 'echo $$ >/sys/fs/cgroup/outside/cgroup.procs'
refused 'by cgroup.threads' 'not permitted' in_tenant acme \
	sh -c 'echo $$ >/sys/fs/cgroup/outside/cgroup.threads'
refused 'to the root' 'not permitted' in_tenant acme sh -c 'echo $$ >/sys/fs/cgroup/cgroup.procs'
refused 'by CLONE_INTO_CGROUP' 'not permitted' in_tenant acme clone-into "$CGROUPS/outside"
refused 'from a cgroup namespace of its own' 'not permitted' in_tenant acme \
	unshare -C sh -c 'echo $$ >/sys/fs/cgroup/outside/cgroup.procs'
inherits() { in_tenant acme sh -c 'echo 0 | cat >&7' 7>"$CGROUPS/outside/cgroup.procs"; }
refused 'by a descriptor that it was given' 'Bad file descriptor' inherits
refused 'to a cgroup that it makes outside' 'not permitted' in_tenant acme mkdir "$CGROUPS/outside/new"
refused "another's limits" 'not permitted' in_tenant acme \
	sh -c 'echo 1 >/sys/fs/cgroup/outside/cgroup.freeze'
check 'it reads them' in_tenant acme cat "$CGROUPS/outside/cgroup.procs"
# What systemd and containers do in a tenant.
check 'a cgroup below its own' in_tenant acme sh -c '
	mkdir -p /sys/fs/cgroup/cloison/acme/nested/leaf &&
	echo $$ >/sys/fs/cgroup/cloison/acme/nested/leaf/cgroup.procs'
check 'by CLONE_INTO_CGROUP too' in_tenant acme clone-into "$PEN/acme/nested"
check 'and from one in a cgroup namespace' in_tenant acme unshare -C sh -c '
	echo $$ >/sys/fs/cgroup/cloison/acme/nested/cgroup.procs'
check 'the host moves whom it likes' within_cgroup "$CGROUPS/outside" \
	sh -c 'echo $$ >/sys/fs/cgroup/cloison/acme/nested/cgroup.procs; exit 0'
finish
