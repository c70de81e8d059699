#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: what a task brings into a tenant: 1,000 moves and clones under load
# timeout: 900
. /tests/guest/lib.sh

mkdir -p "$CGROUPS/open" "$PEN/acme/in"
numbers() { read -r left wrong came <<<"$(entry-many "$1" "$2")"; }

numbers "$CGROUPS/open" 8
same 'control, no tenant: sockets are kept' "$left" 8
must modprobe cloison
must cloison guard load
make_tenant acme

# Others come, go and execute all the while, in the tenant and beside it.
load='while :; do (exec true) & (exec true); wait; done'
nice -n 19 bash -c "$load" & loads=$!
within_cgroup "$PEN/acme" nice -n 19 bash -c "$load" & loads+=" $!"
numbers "$PEN/acme/in" "${ENTRY_COUNT:-1000}"
# shellcheck disable=SC2086 # numbers are words
kill $loads
same 'all of them came' "$came" "${ENTRY_COUNT:-1000}"
same 'no socket was left' "$left" 0
same 'no descriptor was closed wrongly' "$wrong" 0
finish
