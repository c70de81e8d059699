#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# counted: in instructions, which no neighbour of this machine's disturbs
# What the guard's LSM programs cost tasks of the host, and a tenant's tasks.
. /tests/bench/lib.sh

# As many cgroups as if there were so many tenants: what a task of the host is asked
# must not depend on it.
TENANTS=4096
fill() {
	local i
	for ((i = 1; i < TENANTS; i++)); do
		printf 'map update pinned %s/maps/cloison_cgroups key %d %d 0 0 0 0 1 0 value %d %d 0 0\n' \
			"$PINS" $((i & 255)) $((i >> 8)) $((i & 255)) $((i >> 8))
	done >"$work/fill"
	must bpftool batch file "$work/fill"
}

# They take turns, for the kernel's caches change with time.
for ((run = 0; run < RUNS; run++)); do
	measured bench-calls none 500
	measured bench-net-lsm bench-calls empty 500
	wall_up
	make_tenant acme
	must cloison net allow acme out 127.0.0.1 udp
	must cloison net allow acme in 127.0.0.1 udp
	measured bench-calls guard 500
	measured in_tenant acme bench-calls tenant 500
	fill
	measured bench-calls many 500
	must bash /tests/guest/lib.sh reset
done

calls() {
	local call=$1 what="$2, no tenant's"
	row "$what" instructions 1 "$call:guard" "$call:none" nothing "$3"
	row "$what" instructions 1 "$call:guard" "$call:empty" 'empty programs there' "$3"
	row "$what, beside $TENANTS tenants" instructions 1 "$call:many" "$call:guard" \
		'beside one tenant' '<= 1.01'
	row "$2, a tenant's own" instructions 1 "$call:tenant" "$call:empty" 'empty programs there' "$4"
}
calls sendmsg 'a datagram of 64 bytes sent and received' '<= 1.03' -
calls read 'read(2) of 4 KiB' '<= 1.03' '<= 1.05'
calls write 'write(2) of 4 KiB' '<= 1.03' '<= 1.05'
calls open 'open and close of a file' '<= 1.03' -
calls mmap 'mmap and munmap of 64 KiB of a file' '<= 1.03' -
calls spawn 'a process made, which executes a program and ends' '<= 1.03' -
calls byte 'read(2) of a byte of /dev/zero' - -
