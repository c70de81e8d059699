#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: best fit, clean first, alignment, and what is told of fragmentation
. /tests/guest/memory.sh

must modprobe cloison
must cloison guard load
# 64 MiB from a multiple of 1 GiB on.
must cloison pool add reserved "$RESERVED_START" --bytes 64M --name accel0
make_tenant acme --quota 1G

# make NAME SIZE [OPTION]...
make() { must cloison region create "acme/$1" --bytes "$2" --pool accel0 "${@:3}"; }
unmake() { must cloison region destroy "acme/$1"; }
offset_of() { cloison region show "acme/$1" --json | jq .offset; }
# begins WHAT NAME MIB
begins() { same "$1" "$(offset_of "$2")" $(($3 * MIB)); }
clean() { within "all is clean" 20 pool_is_clean; }

clean
same "a new pool is one run" "$(pool_says free_runs)" 1
same "of its whole size" "$(pool_says largest_free)" $((64 * MIB))

# |a:2|b:8|c:2|d:4|e:2| rest 46
for piece in a:2 b:8 c:2 d:4 e:2; do
	make "${piece%:*}" "${piece#*:}M"
done
begins "regions lie side by side" e 16
unmake b
unmake d
clean
same "three runs are free" "$(pool_says free_runs)" 3
same "the largest is the rest" "$(pool_says largest_free)" $((46 * MIB))
make f 4M
begins "the smallest hole that is large enough" f 12
make g 6M
begins "and again" g 2
same "what is left of a hole is a run of its own" "$(pool_says free_runs)" 2
unmake f
unmake e
clean
same "neighbours are one run again" "$(pool_says free_runs)" 2
same "as large as all of it" "$(pool_says largest_free)" $((52 * MIB))

make h 2M --align 32M
begins "aligned to 32 MiB" h 32
make i 2M --align 16M
begins "aligned to 16 MiB, from the smaller side" i 16
make j 2M --align 2M
begins "aligned to its granule: in the smallest hole" j 8
refused "the second multiple of 32 MiB is taken" 'largest free extent' \
	cloison region create acme/k --bytes 2M --pool accel0 --align 32M
for align in 1M 3M 2G 0; do
	refused "no alignment: $align" 'power of two' \
		cloison region create acme/k --bytes 2M --pool accel0 --align "$align"
done
must cloison pool add ram --bytes 8M --name ram0
refused "a ram pool has no alignment" 'ram pool' \
	cloison region create acme/k --bytes 2M --pool ram0 --align 4M
must cloison region create acme/k --bytes 2M --pool ram0 --align 2M

same "the listing says the same of the runs" \
	"$(cloison pool list --json | jq '.[] | select(.pool == "accel0") | .free_runs')" \
	"$(pool_says free_runs)"
same "and of what is clean" \
	"$(cloison pool list --json | jq '.[] | select(.pool == "accel0") | .largest_clean')" \
	"$(pool_says largest_clean)"
finish
