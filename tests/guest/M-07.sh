#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: the device goes, unbound or pulled, with everything in flight
# timeout: 300
# boot: own
. /tests/guest/memory.sh

# in_flight: a pool on the removable function, and all kinds of users of it.
in_flight() {
	must cloison pool add pci "$REMOVABLE" --name removable
	must cloison region create acme/mapped --pool removable --bytes 4M
	must cloison region create acme/opened --pool removable --bytes 2M
	must cloison region create acme/measured --pool removable --bytes 16M
	node=/dev/cloison/acme
	rm -f "$work/stale"
	mknod "$work/stale" c "$((0x$(stat -c %t $node/opened)))" "$((0x$(stat -c %T $node/opened)))"
	begin mapper try acme open:rw:$node/mapped map:rw fill:62 get:0:62 say:ready "$until_death"
	begin opener try acme open:rw:"$work/stale" write:0:16:16 read:0:16:16 say:ready wait \
		-read:0:16:16 -write:0:16:16 -info -map:r
	until_printed mapper ready
	until_printed opener ready
	begin measurer in_tenant acme bash -c \
		'while cloison measure /dev/cloison/acme/measured >/dev/null; do :; done; echo ended'
	check 'control: the host sees what is written' test "$(host find 62626262626262626262 removable)" -gt 0
	# A large region that ends now: its scrub is under way when the device goes.
	must cloison region create acme/dirty --pool removable --bytes 24M
	must cloison region destroy acme/dirty
}

# all_ended HOW
all_ended() {
	within "$1: the pool is gone" 20 test ! -e /sys/class/cloison_pool/removable
	over mapper
	check "$1: the mapping dies" printed mapper "^$until_death: died [0-9]+"
	go opener
	over opener
	came_to "$1: an open file reads" opener read:0:16:16 ENODEV
	came_to "$1: writes" opener write:0:16:16 ENODEV
	came_to "$1: asks" opener info ENODEV
	came_to "$1: and maps no more" opener map:r ENODEV
	over measurer
	denied "$1: the node opened anew" ENODEV acme open:r:$node/opened
	same "$1: its regions say so" \
		"$(cloison region list acme --json | jq -r '[.[].state] | unique | join(" ")')" gone
	local name
	for name in mapped opened measured; do
		check "$1: acme/$name is destroyed" cloison region destroy "acme/$name"
	done
	denied "$1: a node made by hand leads nowhere" ENXIO acme open:r:"$work/stale"
}

must modprobe cloison
must cloison guard load
make_tenant acme

in_flight
echo "$REMOVABLE" >/sys/bus/pci/drivers/cloison/unbind
all_ended unbound
same 'unbound: the host finds nothing left' "$(host scan 0 0 removable)" 0

# Taken off the bus and found by a scan: the device is nobody's now, and a node of
# before leads to nothing in it.
echo 1 >"/sys/bus/pci/devices/$REMOVABLE/remove"
echo 1 >/sys/bus/pci/rescan
within 'found again: the function is there' 30 test -e "/sys/bus/pci/devices/$REMOVABLE"
must cloison pool add pci "$REMOVABLE" --name removable
must cloison region create acme/next --pool removable --bytes 2M
denied 'found again: an old node leads nowhere' ENXIO acme open:r:"$work/stale"
check 'found again: a new region reads as zeros' try acme open:rw:$node/next map:rw zeros
check 'found again: and holds what is written' try acme open:rw:$node/next map:rw put:0:41 get:0:41
must cloison region destroy acme/next
must cloison pool remove removable

in_flight
must host monitor 'device_del removable'
all_ended pulled
check 'pulled: the function is gone' test ! -e "/sys/bus/pci/devices/$REMOVABLE"

finish
