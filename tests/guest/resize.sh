#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: regions grow in place and by a move, and shrink; nothing is lost, nothing is left
# timeout: 900
. /tests/guest/memory.sh

memory_up
make_tenant acme
make_region acme/w 3M
node=/dev/cloison/acme/w
used() { cat /sys/class/cloison_tenant/acme/used; }
size() { in_tenant acme bash -c ": <$node; stat -c %s $node"; }
offset() { cloison region show acme/w -j | jq .offset; }
sum_of() { in_tenant acme bash -c "head -c $1 $node | sha256sum"; }
# How many bytes from $1 on are not zero.
noise_from() { in_tenant acme bash -c "tail -c +$(($1 + 1)) $node | tr -d '\\0' | wc -c"; }
charged() { same "$1" "$(used) of the quota, $(pool_says used) of the pool" "$2 of the quota, $2 of the pool"; }

must in_tenant acme bash -c "head -c 3145728 /dev/urandom >$node"
sum=$(sum_of 3145728)
# A mapping writes to the rest of the last page, which is not the region's.
must cloison region resize acme/w --bytes 3145000
check "a mapping writes behind the end" try acme open:rw:$node map:rw put:3145727:5a
sum=$(sum_of 3145000)

check "control: bytes that are not zero are seen" test "$(noise_from 0)" -gt 3000000

# ---- in place ----------------------------------------------------------------

at=$(offset)
check "it grows within its last granule" cloison region resize acme/w --bytes 3145728
same "what it grew by reads as zeros, also where a mapping wrote" "$(noise_from 3145000)" 0
charged "which costs nothing" $((4 * MIB))
check "it grows by granules" cloison region resize acme/w --bytes 8M
same "in place, where there is room" "$(offset)" "$at"
same "its size is told" "$(size)" $((8 * MIB))
same "its bytes are there" "$(sum_of 3145000)" "$sum"
same "the rest reads as zeros" "$(noise_from 3145000)" 0
charged "it is charged" $((8 * MIB))

# ---- by a move ------------------------------------------------------------------

make_region acme/wall 2M
head=$(in_tenant acme head -c 32 $node | od -An -v -tx1 | tr -d ' \n')
same "control: the host finds its first bytes once" "$(host find "$head" spare)" 1
same "at its place" "$(host scan "$at" 4096 spare | awk '{print ($1 > 3000)}')" 1
check "with a neighbour behind it, it moves" cloison region resize acme/w --bytes 12M
check "to another place" test "$(offset)" != "$at"
same "its bytes are there" "$(sum_of 3145000)" "$sum"
same "the rest reads as zeros" "$(noise_from 3145000)" 0
within "the old place is scrubbed" 30 pool_is_clean
same "the host finds nothing there" "$(host scan "$at" $((8 * MIB)) spare)" 0
same "and the bytes once" "$(host find "$head" spare)" 1
charged "it is charged once, and so is the neighbour" $((14 * MIB))

# ---- smaller --------------------------------------------------------------------

must in_tenant acme python3 -c "
import os
f = os.open('$node', os.O_RDWR)
os.pwrite(f, bytes.fromhex('c1015504' * 8), 10 << 20)
os.pwrite(f, bytes.fromhex('c1015505' * 8), 5 << 20)"
same "control: the host finds what is at the end" "$(host find "$(printf 'c1015504%.0s' {1..8})" spare)" 1
check "it shrinks" cloison region resize acme/w --bytes 4500000
same "its size is told" "$(size)" 4500000
within "what it gave back is scrubbed" 30 pool_is_clean
same "the host finds no more of it" "$(host find "$(printf 'c1015504%.0s' {1..8})" spare)" 0
same "nor of what was behind the end in the last granule" \
	"$(host find "$(printf 'c1015505%.0s' {1..8})" spare)" 0
charged "it is given back" $((8 * MIB))
same "its bytes are there" "$(sum_of 3145000)" "$sum"
check "larger again" cloison region resize acme/w --bytes 12M
same "nothing of what it had comes back" "$(noise_from 3145000)" 0
refused "it is read no further than it is" '0 bytes' try acme open:r:$node read:$((12 * MIB)):1:1
refused "nor written" ENOSPC try acme open:rw:$node write:$((12 * MIB)):1:1

must cloison region destroy acme/w
must cloison region destroy acme/wall
charged "in the end nothing is charged" 0
within "nothing waits for its scrub" 30 pool_is_clean
same "the host finds nothing" "$(host scan 0 0 spare)" 0
finish
