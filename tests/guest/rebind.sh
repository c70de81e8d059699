#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a tenant keeps its regions when the module gives it another cgroup
. /tests/guest/memory.sh

# The guard stays at acme's first cgroup and answers for all below it, so that what
# is seen here is the module's half of each answer.
INNER=$PEN/acme/inner
OTHER=$PEN/acme/other
node=/dev/cloison/acme/w

memory_up
make_tenant acme
make_tenant globex
make_region acme/w 2M
mkdir "$INNER" "$OTHER"
inner() { within_cgroup "$INNER" region-try "$@"; }
other() { within_cgroup "$OTHER" region-try "$@"; }
set_cgroup() { tenant-cgroup acme "$1"; }
number() { cat "/sys/class/cloison_tenant/acme/$1"; }

# ---- from one living cgroup to another -------------------------------------------

must set_cgroup "$INNER"
same 'sysfs has the new cgroup' "$(number cgroup)" /cloison/acme/inner
check 'control: the tenant writes to its region' inner open:rw:$node map:rw put:0:51
refused 'beside its cgroup nobody reads it' EACCES other open:r:$node
# The sweep is slow, so that what ends here has been ended by the call.
echo 1000 >/sys/module/cloison/parameters/sweep_ms
begin holder inner open:rw:$node map:rw get:0:51 say:ready wait -get:0:51 -read:0:16:16 \
	-info -map:r say:told wait get:0:51
until_printed holder ready
check 'another cgroup is set' set_cgroup "$OTHER"
go holder
until_printed holder told
came_to 'the mapping from the old cgroup is dead' holder get:0:51 SIGBUS
came_to 'its descriptor reads nothing' holder read:0:16:16 EACCES
came_to 'and answers no ioctl' holder info EACCES
came_to 'and is not mapped again' holder map:r EACCES
refused 'the old cgroup opens it no more' EACCES inner open:r:$node
check 'the new one finds its bytes' other open:rw:$node map:rw get:0:51 put:0:52
check 'setting it again is no error' set_cgroup "$OTHER"
check 'and the first one once more' set_cgroup "$INNER"
go holder
over holder
came_to 'a mapping lives again in its cgroup' holder get:0:51 'saw 52'
echo 50 >/sys/module/cloison/parameters/sweep_ms

# ---- what is refused ----------------------------------------------------------------

mkdir -p "$PEN/globex/inner"
refused 'the cgroup of another tenant' 'Device or resource busy' set_cgroup "$PEN/globex"
refused 'one below it' 'Device or resource busy' set_cgroup "$PEN/globex/inner"
refused 'one above it' 'Device or resource busy' set_cgroup "$PEN"
refused 'the root' 'Invalid argument' set_cgroup "$CGROUPS"
refused 'what is no cgroup' 'Bad file descriptor' set_cgroup /tmp
refused 'what is not there' 'Bad file descriptor' set_cgroup "$PEN/none"
refused 'the tenant itself' 'Permission denied|not permitted' in_tenant globex tenant-cgroup acme "$OTHER"
same 'the cgroup is the same as before' "$(number cgroup)" /cloison/acme/inner
check 'one above its own is not refused' set_cgroup "$PEN/acme"
check 'and the region is there' try acme open:r:$node map:r get:0:52
check 'nor one below its own' set_cgroup "$INNER"
check 'the quota is set as ever' cloison tenant set acme --quota 32M
same 'and is the new one' "$(number quota)" $((32 * MIB))
same 'without another cgroup' "$(number cgroup)" /cloison/acme/inner

# ---- a cgroup that is removed and made again ------------------------------------

begin mapped inner open:rw:$node map:rw get:0:52 say:ready "join:$OTHER" "$until_death"
until_printed mapped ready
over mapped
rmdir "$INNER/tasks" "$INNER"
mkdir "$INNER"
refused 'made again at the same path it is not the tenant' EACCES inner open:r:$node
check 'it is set again' set_cgroup "$INNER"
check 'the bytes are there' inner open:rw:$node map:rw get:0:52
same 'and nothing else' "$(number regions)" 1
check 'the tenant ends as ever' cloison region destroy acme/w
check 'with its last region' cloison tenant remove acme
finish
