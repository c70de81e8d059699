#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: M-10 for longer: eight threads at once on one name
# timeout: 600
# share: 3
. /tests/soak/lib.sh

memory_up
make_tenant acme
make_tenant globex
findings race "$SOAK_SEED" --seconds "$SOAK_SECONDS"
executed "$(awk '/ made, / { n += $3 + $5 } END { print n + 0 }' "$work/findings")" "steps of eight threads"
for name in $(names_of region '.[] | .tenant + "/" + .region'); do
	must cloison region destroy "$name"
done
within "the pool is clean again" 60 pool_is_clean
same "the host finds no byte of anybody's" "$(host scan 0 0 spare)" 0
finish
