#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The rows about memory. Times in, so less is better everywhere.
. /tests/bench/lib.sh

BYTES=$((256 * MIB))
HUGE_PAGES=$((BYTES / (2 * MIB)))

# ---- the peers -------------------------------------------------------------------

# peer NAME REASON COMMAND...: it is one if the command succeeds.
peers=()
peer() {
	local name=$1 reason=$2
	shift 2
	if "$@" >"$work/output" 2>&1; then
		peers+=("$name")
	else
		left_out "$name" "$reason ($(tail -n 1 "$work/output"))"
	fi
}

devdax_up() {
	modprobe -a nfit nd_pmem dax_pmem device_dax &&
		ndctl create-namespace -m devdax -f -a 2M -e namespace0.0 && [ -c /dev/dax0.0 ]
}

# Two of 256 MiB at most are alive at once, and the huge pages stay set aside.
hugetlb_up() {
	echo $HUGE_PAGES >/proc/sys/vm/nr_hugepages && [ "$(cat /proc/sys/vm/nr_hugepages)" = $HUGE_PAGES ]
}

peer devdax 'no namespace of persistent memory' devdax_up
peer hugetlb 'no huge pages' hugetlb_up
peer udmabuf 'not in this kernel' test -c /dev/udmabuf
peer dma-heap 'not in this kernel' test -c /dev/dma_heap/system

# having NAME...: those of them that are here
having() {
	local name
	for name; do [ -n "${absent[$name]-}" ] || echo "$name"; done
}

# ---- ours ----------------------------------------------------------------------------

wall_up
make_tenant bench --quota 512M
task=$PEN/bench/task
mkdir -p "$task"
numbers=("$(cat /sys/class/cloison_pool/accel0/number)" "$(cat /sys/class/cloison_tenant/bench/number)")

# memory MEASURE BYTES KIND...
memory() { measured bench-memory "${numbers[@]}" bench "$task" "$1" "$2" "$RUNS" "${@:3}"; }

ms=1000000 us=1000

# A write to each page of a fresh mapping. What udmabuf and a dma-heap have done
# before, as they were made, is in "make, map, touch, unmake".
memory touch "$BYTES" region "${peers[@]}"
# aim PEER AIM: how the first touch is to be beside it
aim() { row 'first touch of 256 MiB' ms $ms touch:region "touch:$1" "$1" "$2"; }
aim devdax '<= 1'
aim hugetlb -
aim udmabuf '<= 0.1'
aim dma-heap '<= 0.1'

for how in sequential random; do
	memory $how "$BYTES" region "${peers[@]}"
	what="$how read of 256 MiB"
	[ $how != random ] || what='64 bytes at random, 524288 times'
	row "$what" ms $ms $how:region $how:hugetlb hugetlb '<= 1.03'
	for name in devdax udmabuf dma-heap; do row "$what" ms $ms $how:region $how:$name $name -; done
done

mapfile -t names < <(having udmabuf dma-heap)
memory life "$BYTES" region "${names[@]}"
for name in udmabuf dma-heap; do
	row 'make, map, touch, unmake 256 MiB' ms $ms life:region life:$name $name -
done

memory memset "$BYTES" region
memory scrub "$BYTES" region
row 'scrub of 256 MiB, all workers' ms $ms scrub:region memset:region 'memset of the same' -
mv "$SERIES/scrub:region" "$SERIES/scrub:all"
workers=/sys/devices/virtual/workqueue/cloison_scrub/max_active
most=$(cat "$workers")
echo 1 >"$workers"
memory scrub "$BYTES" region
# A rate of 0.9 of memset's.
row 'scrub of 256 MiB, one worker' ms $ms scrub:region memset:region 'memset of the same' '<= 1.111'
echo "$most" >"$workers"

memory create $((64 * MIB)) region
mv "$SERIES/create:region" "$SERIES/create:64"
memory create "$BYTES" region
row 'making 256 MiB from clean stock' us $us create:region create:64 'making 64 MiB' '<= 1.1'

memory revoke "$BYTES" region
row 'revoke of 256 MiB that 8 processes map' ms $ms revoke:region 10 'at most' '<= 1'

for how in read write; do
	memory $how "$BYTES" region tmpfs
	row "$how(2) of 256 MiB" ms $ms $how:region $how:tmpfs tmpfs -
done
