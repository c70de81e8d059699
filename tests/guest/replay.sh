#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a capture of 50,000 packets: observed and enforced judge alike, observed stops none
# timeout: 1200
. /tests/guest/lib.sh

seed=${REPLAY_SEED:-20261125}
check "every packet is judged alike, seed $seed" cloison-vectors replay 50000 "$seed"
sed -n 's/^\(ok\|not ok\|#\)/# \1/p' "$work/output"
finish
