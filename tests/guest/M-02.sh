#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a neighbour's bytes after reuse, for every way an owner can end
# timeout: 300
. /tests/guest/memory.sh

leftovers() { host scan 0 0 spare; }

# ---- what was there before anybody ---------------------------------------------

resource=/sys/bus/pci/devices/$SPARE/resource2
echo 1 >"/sys/bus/pci/devices/$SPARE/enable"
must region-try "open:rw:$resource" map:rw:0:0x400000 fill:61
same "control: the host sees what an earlier owner left" "$(leftovers)" $((4 * MIB))
# Two granules and no more: whoever comes next gets the same memory.
memory_up --bytes 4M
make_tenant acme
make_tenant globex

# The next tenant's region over the same memory.
next_reads_zeros() {
	must cloison region create globex/next --bytes 4M
	check "$1: the next tenant reads zeros" try globex open:rw:/dev/cloison/globex/next map:r zeros
	same "$1: the host finds nothing" "$(leftovers)" 0
	must cloison region destroy globex/next
}
next_reads_zeros "left from before the pool"

# ---- ways to end -----------------------------------------------------------------

# owned [STEP...]: a task of acme's has all of the pool, fills it and waits.
owned() {
	must cloison region create acme/w --bytes 4M
	begin owner try acme open:rw:/dev/cloison/acme/w map:rw fill:62 where say:ready wait "$@"
	until_printed owner ready
	same "control: the host sees the owner's bytes" "$(leftovers)" $((4 * MIB))
}
destroyed() { check "$1: destroyed" cloison region destroy acme/w; }

owned
refused "with a region the pool cannot be removed" 'in use|regions' cloison pool remove accel0
refused "with a region the module cannot be unloaded" 'in use' rmmod cloison
go owner
over owner
same "its bytes stay its own when its task exits" "$(leftovers)" $((4 * MIB))
destroyed "exit"
next_reads_zeros "exit"

owned
kill -KILL "$(pid_in owner)"
over owner
destroyed "SIGKILL"
next_reads_zeros "SIGKILL"

memory_controlled
echo $((32 * MIB)) >"$PEN/acme/memory.max"
owned eat
go owner
over owner
check "the owner was killed for want of memory" \
	awk '/^oom_kill / { exit $2 > 0 ? 0 : 1 }' "$PEN/acme/memory.events"
echo max >"$PEN/acme/memory.max"
destroyed "out of memory"
next_reads_zeros "out of memory"

owned -put:0:63
destroyed "destroyed while mapped"
go owner
over owner
came_to "the owner's mapping is dead" owner put:0:63 SIGBUS
next_reads_zeros "destroyed while mapped"

owned -put:0:63 -write:0:16:16
check "revoked" cloison region revoke acme/w
must cloison region create globex/next --bytes 4M
go owner
over owner
came_to "the owner's mapping is dead before the next has it" owner put:0:63 SIGBUS
came_to "and its descriptor" owner write:0:16:16 ESTALE
check "revoked: the next tenant reads zeros" try globex open:rw:/dev/cloison/globex/next map:r zeros
same "revoked: the host finds nothing" "$(leftovers)" 0
must cloison region destroy globex/next
destroyed "revoked"

# ---- the pool ends -----------------------------------------------------------------

owned
go owner
over owner
destroyed "pool removal"
check "the pool is removed" cloison pool remove accel0
same "pool removal: the host finds nothing when the command returns" "$(leftovers)" 0

# The scrubbers may run on CPU 1 only, which a program of a higher class keeps for
# itself: nothing is scrubbed before scrubbers_go. The kernel's reserve for ordinary
# tasks (the fair server) is taken away too.
fair_server=/sys/kernel/debug/sched/fair_server/cpu1/runtime
scrubbers=/sys/devices/virtual/workqueue/cloison_scrub
hog_runs() { [ "$(cat "/proc/$hog/comm")" = sh ]; }
scrubbers_stand() {
	scrubbers_may=$(cat "$scrubbers/cpumask")
	realtime=$(cat /proc/sys/kernel/sched_rt_runtime_us)
	reserve=$(cat "$fair_server")
	echo 2 >"$scrubbers/cpumask"
	echo -1 >/proc/sys/kernel/sched_rt_runtime_us
	echo 0 >"$fair_server"
	chrt --fifo 50 taskset 2 sh -c 'while :; do :; done' &
	hog=$!
	within 'a program keeps CPU 1 for itself' 60 hog_runs
}
scrubbers_go() {
	kill -KILL "$hog"
	wait "$hog" 2>/dev/null
	echo "$reserve" >"$fair_server"
	echo "$realtime" >/proc/sys/kernel/sched_rt_runtime_us
	echo "$scrubbers_may" >"$scrubbers/cpumask"
}

# Destroys the region, begins to remove the pool and is killed while that waits
# for the scrub; prints how much was dirty then, and how the removal ended.
killed_in_scrub() {
	taskset 1 python3 -c '
import fcntl, os, struct, sys, time
control = os.open("/dev/cloison/control", os.O_RDWR)
def call(command, number):
    fcntl.ioctl(control, command, struct.pack("4I", 16, 0, number, 0))
region, pool = map(int, sys.argv[1:])
call(0xE122, region)
child = os.fork()
if not child:
    call(0xE102, pool)
    os._exit(0)
while "cloison" not in open(f"/proc/{child}/wchan").read():
    time.sleep(0.001)
os.kill(child, 9)
ending = os.WTERMSIG(os.waitpid(child, 0)[1])
dirty = int(open("/sys/class/cloison_pool/accel0/dirty").read())
print(dirty, ending)
' "$(cat /sys/class/cloison/*/dev | cut -d: -f2)" "$(pool_says number)"
}

must cloison pool add pci "$SPARE" --name accel0
must cloison region create acme/w --bytes 64M
must try acme open:rw:/dev/cloison/acme/w map:rw fill:62
same "control: the host sees 64 MiB of the owner's" "$(leftovers)" $((64 * MIB))
scrubbers_stand
ending=$(killed_in_scrub)
same "a task that waits for a scrub is killed in the middle of it" "$ending" "$((64 * MIB)) 9"
same "control: nothing was scrubbed yet" "$(leftovers)" $((64 * MIB))
scrubbers_go
within "the scrub goes on without it" 60 pool_is_clean
same "and the host finds nothing" "$(leftovers)" 0

# ---- a scrub that fails -----------------------------------------------------------------

# The host writes into the first granule from before the scrub until after it.
host_writes() { [[ $(try acme open:r:/dev/cloison/acme/w map:r zeros) == *'zeros: saw ff'* ]]; }
tries=0 milliseconds=1500
while [ "$(pool_says quarantined)" = 0 ] && [ $((tries += 1)) -le 20 ]; do
	must cloison region create acme/w --bytes 2M
	host poke spare 0 $milliseconds >"$work/poked" 2>&1 &
	poke=$!
	until host_writes || ! kill -0 $poke 2>/dev/null; do :; done
	must cloison region destroy acme/w
	within "scrub $tries is over" 60 pool_is_clean
	# If it was over before the scrub, it takes longer the next time.
	kill -0 $poke 2>/dev/null || milliseconds=$((2 * milliseconds))
	wait $poke
done
same "what does not read back as zero is counted as quarantined" "$(pool_says quarantined)" $((2 * MIB))
check "the host did write there" test "$(cat "$work/poked")" -gt 0
same "and is free to nobody" "$(pool_says largest_free)" $((62 * MIB))
refused "the whole pool cannot be had" 'largest free extent' \
	cloison region create acme/w --bytes 64M --pool accel0
must cloison region create acme/w --bytes 62M
same "a region that takes all the rest begins behind it" \
	"$(cat /sys/class/cloison/*/offset)" $((2 * MIB))
must cloison region destroy acme/w
refused "the pool cannot be removed as if nothing were" 'scrub|quarantine' cloison pool remove accel0
# What is broken goes back to whoever can see to the device.
echo "$SPARE" >/sys/bus/pci/drivers/cloison/unbind
check "unbinding the device ends the pool" test ! -d /sys/class/cloison_pool/accel0
finish
