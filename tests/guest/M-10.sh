#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: races: eight threads of open, mmap, fault, seal, revoke, destroy, create on one name
# timeout: 600
. /tests/guest/memory.sh

memory_up
make_tenant acme
make_tenant globex

make_region acme/race
must try acme open:rw:/dev/cloison/acme/race map:rw fill:62
same "control: the host sees an owner's bytes" "$(host scan 0 0 spare)" $((4 * MIB))
must cloison region destroy acme/race

findings race 20261125 500
note "executed $(awk '/ made, / { n += $3 + $5 } END { print n + 0 }' "$work/findings") steps of eight threads"
for name in $(names_of region '.[] | .tenant + "/" + .region'); do
	must cloison region destroy "$name"
done
within "the pool is clean again" 20 pool_is_clean
same "all of it is free" "$(pool_says clean)" $((64 * MIB))
same "nothing is charged" "$(cat /sys/class/cloison_tenant/*/used | sort -u)" 0
same "the host finds no byte of anybody's" "$(host scan 0 0 spare)" 0
finish
