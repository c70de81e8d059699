#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a fuzzer of ioctls, mappings and files that knows the structs, guided by kcov
# timeout: 600
# share: 6
. /tests/soak/lib.sh

sed -nE 's/^#define (CLOISON_[A-Z_]+) _IO\(.*/\1/p' /usr/include/cloison/*.h | sort >"$work/ioctls"
check "every ioctl of the header is known" diff "$work/ioctls" <(fuzz list | sort -u)

memory_up
make_tenant acme
make_tenant globex
mkdir -p "$PEN/fuzz/inner"
# `fuzz replay SEED LOG` repeats it.
findings fuzz run "$SOAK_SEED" "$SOAK_SECONDS" "$SOAK_OUT/fuzz.log"
executed "$(sed -n 's/^# \([0-9]*\) programs.*/\1/p' "$work/findings")" \
	"programs of up to 12 calls, $(awk '/ made, / { n += $(NF - 3) + $(NF - 1) } END { print n + 0 }' "$work/findings") calls ($(sed -n 's/^# .* programs, //p' "$work/findings"))"
within "the pool is clean again" 60 pool_is_clean
same "the host finds no byte" "$(host scan 0 0 spare)" 0
finish
