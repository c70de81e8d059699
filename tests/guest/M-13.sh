#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: while policies and the guard are replaced nobody slips in, and nobody falls out
# timeout: 300
. /tests/guest/memory.sh

memory_up
make_tenant acme
make_tenant globex
make_region acme/w 2M
node=/dev/cloison/acme/w

# again_and_again NAME TENANT: opens and reads until a file says to end.
again_and_again() {
	begin "$1" in_tenant "$2" bash -c \
		'until [ -e "$0" ]; do region-try open:r:"$1" read:0:16:16; done' "$work/enough" $node
	until_printed "$1" '^open:'
}
# How often it opened, and how often that came to a result.
opens() { grep -c '^open:' "$work/$1"; }
opens_with() { grep -cE "^open:[^ ]*: $2\$" "$work/$1"; }

hold=hold:$((300 * SLOW))
begin holder try acme open:rw:$node map:rw put:0:51 say:ready $hold get:0:51
until_printed holder ready
again_and_again owner acme
again_and_again stranger globex
for i in {1..15}; do
	must guard-link swap
	must cloison net allow acme egress "10.0.0.$i" tcp 443
	must cloison guard load
done
touch "$work/enough"
over owner
over stranger
check "control: many opens were made meanwhile" test "$(opens owner)" -ge 5 -a "$(opens stranger)" -ge 5
note "$(opens owner) and $(opens stranger) opens"
same "the tenant was admitted each time" "$(opens_with owner 'done')" "$(opens owner)"
same "and read each time" "$(grep -c '^read:0:16:16: done$' "$work/owner")" "$(opens owner)"
same "the other never was" "$(opens_with stranger EACCES)" "$(opens stranger)"
same "a mapping lives through it all" "$(grep -c "^$hold: ." "$work/holder")" 0
check "control: it is gone with the guard" cloison guard unload --force
until_printed holder "^$hold: died"
came_to "and what was opened before is not read any more" holder get:0:51 SIGBUS
over holder
finish
