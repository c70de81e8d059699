#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: every allocation failing once in every ioctl, open, mmap, fault, read and write
# fresh
# timeout: 600
. /tests/guest/memory.sh

memory_up
make_tenant acme
make_tenant globex
mkdir "$PEN/fail-nth"
# Bound, and without a pool.
echo cloison >"/sys/bus/pci/devices/$ACCELERATOR/driver_override"
echo "$ACCELERATOR" >/sys/bus/pci/drivers_probe
if [ -e /proc/self/fail-nth ]; then
	for kind in failslab fail_page_alloc; do
		echo N >"/sys/kernel/debug/$kind/ignore-gfp-wait"
	done
	# Each one's trace in the kernel's log would look like a fault.
	for verbose in /sys/kernel/debug/fail*/verbose; do
		echo 0 >"$verbose"
	done
else
	test_module failalloc
fi

# An ioctl that the program does not know is one that nobody tried.
sed -nE 's/^#define (CLOISON_[A-Z_]+) _IO\(.*/\1/p' /usr/include/cloison/*.h | sort >"$work/ioctls"
fail-nth list | sed -n 's/ .*//; /^CLOISON_/p' | sort -u >"$work/tried"
check "every ioctl of the header is tried" diff "$work/ioctls" "$work/tried"

findings fail-nth run
note "executed $(awk '/^ok / { n += $(NF - 4) + $(NF - 1) } END { print n }' "$work/findings") calls with something failing"
check "all were tried to the end" \
	test "$(grep -c '^ok ' "$work/findings")" = "$(fail-nth list | wc -l)"
finish
