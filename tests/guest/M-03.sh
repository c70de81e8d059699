#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: mknod of another tenant's node, bind mounts, passed and inherited descriptors
# timeout: 300
. /tests/guest/memory.sh

memory_up
make_tenant acme
make_tenant globex
make_region acme/w 4M
node=/dev/cloison/acme/w
numbers=$(stat -c '%Hr %Lr' $node)
must try acme open:rw:$node map:rw fill:5a

# ---- other ways to the node ------------------------------------------------

# both_ways WHAT SCRIPT: acme may, globex may not; SCRIPT ends in `region-try`.
both_ways() {
	local what=$1 script=$2
	check "control: $what, by acme" in_tenant acme unshare -m bash -ec "$script"
	refused "$what, by globex: EACCES" '^open:r:[^ ]*: EACCES$' \
		in_tenant globex unshare -m bash -ec "$script"
}

check "control: acme opens its node" try acme open:rw:$node read:0:16:16
denied "globex opens acme's node" EACCES globex open:r:$node
refused "the host's root does" ': EACCES$' region-try open:r:$node
both_ways "a node made by mknod" \
	"rm -f /tmp/made; mknod -m 666 /tmp/made c $numbers; exec region-try open:r:/tmp/made read:0:16:16"
both_ways "a node made in a new root" "
	mkdir -p /tmp/jail
	mount --rbind / /tmp/jail
	mount -t tmpfs tmpfs /tmp/jail/mnt
	mknod -m 666 /tmp/jail/mnt/made c $numbers
	exec chroot /tmp/jail /usr/lib/cloison-tests/region-try open:r:/mnt/made read:0:16:16"
both_ways "a bind mount" \
	"touch /tmp/bound; mount --bind $node /tmp/bound; exec region-try open:r:/tmp/bound read:0:16:16"
both_ways "the link in /sys/dev/char's place" \
	"ln -sfn $node /tmp/link; exec region-try open:r:/tmp/link read:0:16:16"

# ---- a descriptor passed by SCM_RIGHTS --------------------------------------

# passed TENANT SCRIPT: acme opens the node and passes it; TENANT receives it as
# descriptor 3 and runs SCRIPT. The two ends of the pair come from the host, for
# no tenant reaches another one's unix socket.
passed() {
	python3 -c '
import os, socket, sys
node, sender, receiver, script = sys.argv[1:]
ends = socket.socketpair()
def become(cgroup):
    with open(cgroup + "/cgroup.procs", "w") as procs:
        procs.write("0")
if not os.fork():
    become(sender)
    socket.send_fds(ends[0], [b"x"], [os.open(node, os.O_RDWR)])
    os._exit(0)
become(receiver)
os.dup2(socket.recv_fds(ends[1], 1, 1)[1][0], 3)
os.execvp("bash", ["bash", "-c", script])
' $node "$PEN/acme" "$PEN/$1" "$2" >"$work/passed" 2>&1
}

uses='read:0:16:16 write:0:16:16 info map:r map:rw export:r seal'
script="for use in $uses; do region-try inherited:3 \$use; done"
passed globex "$script"
for use in $uses; do
	came_to "a passed descriptor: $use" passed "$use" EACCES
done
passed acme "${script/ seal/}"
for use in ${uses/ seal/}; do
	came_to "control: acme's own passed descriptor: $use" passed "$use" 'done'
done

# ---- a task that moves -------------------------------------------------------

mkdir "$PEN/acme/other"
begin mover try acme open:rw:$node map:rw get:0:00 "join:$PEN/acme/other" hold:1
over mover
came_to "control: a mapping outlives a move inside the tenant" mover hold:1 'it lives on'

# The kernel's trace has in which order the task came to the other tenant, the sweeps
# began, and one of them found the mapping.
trace=/sys/kernel/tracing
traced=(workqueue/workqueue_execute_start cgroup/cgroup_attach_task cloison/cloison_deny)
tracing() { for event in "${traced[@]}"; do echo "$1" >"$trace/events/$event/enable"; done; }
sweeps_until_denied() {
	awk '/cgroup_attach_task: .*dst_path=\/cloison\/globex/ { moved = 1 }
		moved && /function sweep \[cloison\]/ { sweeps++ }
		moved && /cloison_deny: .*access=sweep/ { print sweeps + 0; exit }' "$trace/trace"
}
: >"$trace/trace"
must tracing 1
begin mover try acme open:rw:$node map:rw get:4096:5a -get:0:00 "join:$PEN/globex" "$until_death" \
	-read:0:16:16 -write:0:16:16 -info -map:r -export:r -seal
over mover
must tracing 0
check "a task moves to another tenant and its mapping dies" printed mover "^$until_death: died"
same "a sweep is due every 50 ms" "$(cat /sys/module/cloison/parameters/sweep_ms)" 50
sweeps=$(sweeps_until_denied)
check "by the first sweep that begins after the move (sweeps: $sweeps)" [ "${sweeps:-2}" -le 1 ]
for use in read:0:16:16 write:0:16:16 info map:r export:r seal; do
	came_to "its descriptor: $use" mover "$use" EACCES
done
rmdir "$PEN/acme/other"
finish
