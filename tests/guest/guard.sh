#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: the guard's life: load, detach, mend, edited maps, a loader that is killed
# fresh
# timeout: 420
. /tests/guest/lib.sh

node=/dev/cloison/acme/weights
opens() { in_tenant acme dd "if=$node" of=/dev/null bs=4k count=1; }
show() { cloison guard show --json | jq -r "$1"; }

# denied WHAT: the tenant's memory is out of reach, and the guard says why.
denied() {
	refused "$1: no access" 'Permission denied' opens
	same "$1: the guard shows it" "$(show .whole)" false
}

mended() {
	check "$1: load mends it" cloison guard load
	same "$1: all is whole" "$(show .whole)" true
	check "$1: access again" opens
}

wall_up
make_tenant acme
make_region acme/weights
must cloison net allow acme out 192.0.2.0/24 tcp 443
check 'the owner opens its region' opens
same 'load once more changes nothing' "$(cloison guard load)" 'the guard was in force already'

check 'bpftool detaches the struct_ops' bpftool link detach pinned "$PINS/admit"
denied 'struct_ops detached'
mended 'struct_ops detached'

for link in ingress egress connect4 connect6 sendmsg4 sendmsg6 bind4 bind6 sock_create; do
	must bpftool link detach pinned "$PINS/pens/cloison/$link"
	denied "$link detached"
	mended "$link detached"
done

# Pins are for people; what lives by them opens and closes nothing.
for pin in pens/cloison/egress tenants/acme/ours programs/cloison_conn4 maps/cloison_ports admit; do
	must rm "$PINS/$pin"
	check "a pin removed: access as before" opens
	[ "$pin" = tenants/acme/ours ] ||
		same "$pin: the guard shows it" "$(show .problem | grep -o 'pin [^ ]*')" "pin $PINS/$pin"
	mended "pin $pin removed"
	check "$pin is there again" [ -e "$PINS/$pin" ]
done
must rm -r "$PINS"
check 'all pins removed: access as before' opens
mended 'all pins removed'
refused 'the module is not unloaded under what it holds' 'in use' rmmod cloison
same 'the policy is that of before' "$(cloison net list acme --json | jq 'length')" 1

# What is in force is what the programs look up, be it by the pen's links or not.
generation=$(show '.tenants[0].generation')
slot=$(bpftool -j map dump pinned "$PINS/maps/cloison_tenants" | jq '.[0].formatted.value.index')
# shellcheck disable=SC2086 # numbers
le() { for ((shift = 0; shift < 8 * $2; shift += 8)); do printf '%d ' $(($1 >> shift & 255)); done; }
segment() {
	local at=$((2 * slot + (generation & 1)))
	# shellcheck disable=SC2046 # words
	bpftool map update pinned "$PINS/maps/cloison_segments" key $(le "$at" 4) \
		value $(le "$generation" 8) $(le "$1" 4) $(le "$slot" 4) $(le $((2 * slot + $2)) 4) $(le "$3" 4) $(le 0 8)
}
# shellcheck disable=SC2046,SC2086 # words
policy=$(bpftool -j map lookup pinned "$PINS/maps/cloison_segments" \
	key $(le $((2 * slot + (generation & 1))) 4) | jq '.formatted.value.slot % 2')
must segment 2 "$policy" 1
denied 'a segment edited to be of another tenant'
must segment 1 "$policy" 0
denied 'a segment edited to be unset'
must segment 1 "$policy" 7
denied 'a segment edited to a mode that there is not'
must segment 1 "$policy" 1
check 'a segment edited back' opens
read -ra zeros <<<"$(printf '0 %.0s' {1..72})"
refused 'the list of programs cannot be edited' 'not permitted' \
	bpftool map update pinned "$PINS/maps/cloison_guard" key 0 0 0 0 value "${zeros[@]}"

refused 'unload is refused while there are tenants' 'behind the guard' cloison guard unload
check 'with --force it is not' cloison guard unload --force
same 'nothing is held any more' "$(show .held)" 0
refused 'without a guard nobody opens a region' 'Permission denied' opens
check 'and the guard comes back' cloison guard load

# Killed wherever it is: what is left never stops the next, and never opens.
must cloison guard unload --force
for after in 0.{01..60..3}; do
	(timeout -s KILL "$after" cloison guard load) >/dev/null 2>&1
	! opens 2>/dev/null || not_ok "a loader killed after $after s let a tenant in"
	(timeout -s KILL "$after" cloison guard unload --force) >/dev/null 2>&1
done
check 'after 20 loaders that were killed the guard loads' cloison guard load
same 'and is whole' "$(show '.loaded and .admitting')" true
finish
