#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# counted: in instructions, which no neighbour of this machine's disturbs
# What the guard's LSM programs cost those who are no tenant's.
. /tests/bench/lib.sh

# They take turns, for the kernel's caches change with time.
for ((run = 0; run < RUNS; run++)); do
	measured bench-calls none 500
	measured bench-net-lsm bench-calls empty 500
	wall_up
	make_tenant acme
	measured bench-calls guard 500
	must bash /tests/guest/lib.sh reset
done

calls() {
	local call=$1 what="$2, no tenant's"
	row "$what" instructions 1 "$call:guard" "$call:none" nothing "$3"
	row "$what" instructions 1 "$call:guard" "$call:empty" 'empty programs there' "$3"
}
calls sendmsg 'a datagram of 64 bytes sent and received' '<= 1.03'
calls read 'read(2) of 4 KiB' '<= 1.03'
calls write 'write(2) of 4 KiB' '<= 1.03'
calls open 'open and close of a file' '<= 1.03'
calls mmap 'mmap and munmap of 64 KiB of a file' '<= 1.03'
calls byte 'read(2) of a byte of /dev/zero' -
