#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: random policies: definition, compiler, maps and programs agree on 100,000 cases
# timeout: 1200
. /tests/guest/lib.sh

cases=${PROPERTY_CASES:-100000} seed=${PROPERTY_SEED:-20261125}
check "every case is judged alike, seed $seed" cloison-vectors property "$cases" "$seed"
note "executed $cases cases"
sed -n 's/^\(ok\|not ok\|#\)/# \1/p' "$work/output"
finish
