#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: packet vectors: parser, policy, flows and counters of the real programs
. /tests/guest/lib.sh

check "every packet has its verdict" cloison-vectors
sed -n 's/^# \(.*\)/# \1/p' "$work/output"
finish
