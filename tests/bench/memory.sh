#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The rows about memory. Times in, so less is better everywhere.
. /tests/bench/lib.sh

MIB=$((1024 * 1024))
BYTES=$((256 * MIB))

# ---- the peers -------------------------------------------------------------------

must modprobe -a nfit nd_pmem dax_pmem device_dax
must ndctl create-namespace -m devdax -f -a 2M -e namespace0.0
# Two of 256 MiB at most are alive at once, and the huge pages stay set aside.
echo $((BYTES / (2 * MIB))) >/proc/sys/vm/nr_hugepages
must test "$(cat /proc/sys/vm/nr_hugepages)" = $((BYTES / (2 * MIB)))

# ---- ours ----------------------------------------------------------------------------

wall_up
make_tenant bench --quota 512M
task=$CGROUPS/bench/task
mkdir -p "$task"
numbers=("$(cat /sys/class/cloison_pool/accel0/number)" "$(cat /sys/class/cloison_tenant/bench/number)")

# memory MEASURE BYTES KIND...
memory() { measured bench-memory "${numbers[@]}" bench "$task" "$1" "$2" "$RUNS" "${@:3}"; }

ms=1000000 us=1000

all=(region devdax hugetlb udmabuf dma-heap)
memory touch "$BYTES" "${all[@]}"
row 'first touch of 256 MiB' ms $ms touch:region touch:devdax devdax '<= 1'
row 'first touch of 256 MiB' ms $ms touch:region touch:hugetlb 'memfd on hugetlb' '-'
row 'first touch of 256 MiB' ms $ms touch:region touch:udmabuf udmabuf '<= 0.1'
row 'first touch of 256 MiB' ms $ms touch:region touch:dma-heap dma-heap '<= 0.1'

memory sequential "$BYTES" "${all[@]}"
memory random "$BYTES" "${all[@]}"
for how in sequential random; do
	row "$how read of 256 MiB" ms $ms $how:region $how:hugetlb 'memfd on hugetlb' '<= 1.03'
	for peer in devdax udmabuf dma-heap; do
		row "$how read of 256 MiB" ms $ms $how:region $how:$peer $peer '-'
	done
done

memory life "$BYTES" region udmabuf dma-heap
row 'make, map, touch, unmake 256 MiB' ms $ms life:region life:udmabuf udmabuf '-'
row 'make, map, touch, unmake 256 MiB' ms $ms life:region life:dma-heap dma-heap '-'

memory memset "$BYTES" region
memory scrub "$BYTES" region
row 'scrub of 256 MiB, all workers' ms $ms scrub:region memset:region 'memset of the same memory' '-'
mv "$SERIES/scrub:region" "$SERIES/scrub:all"
workers=/sys/devices/virtual/workqueue/cloison_scrub/max_active
most=$(cat "$workers")
echo 1 >"$workers"
memory scrub "$BYTES" region
# A rate of 0.9 of memset's.
row 'scrub of 256 MiB, one worker' ms $ms scrub:region memset:region 'memset of the same memory' '<= 1.111'
echo "$most" >"$workers"

memory create $((64 * MIB)) region
mv "$SERIES/create:region" "$SERIES/create:64"
memory create "$BYTES" region
row 'making 256 MiB from clean stock' us $us create:region create:64 'making 64 MiB' '<= 1.1'

memory revoke "$BYTES" region
row 'revoke of 256 MiB that 8 processes map' ms $ms revoke:region 10 'at most' '<= 1'

for how in read write; do
	memory $how "$BYTES" region tmpfs
	row "$how(2) of 256 MiB" ms $ms $how:region $how:tmpfs tmpfs '-'
done
