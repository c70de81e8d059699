#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a function's pool: enforcement, bus mastering, reset, sleep, a failure of the device
# fresh
# timeout: 300
. /tests/guest/memory.sh

says() { cat "/sys/class/cloison_pool/$1/$2"; }
bus_master() { [ $(("0x$(lspci_command "$1")" & 4)) -ne 0 ]; }
no_bus_master() { ! bus_master "$1"; }
# The command register of a function, in hexadecimal.
lspci_command() { od -An -tx2 -j4 -N2 "/sys/bus/pci/devices/$1/config" | tr -d ' '; }

must modprobe cloison
must cloison guard load
make_tenant acme

# ---- what it may reach -----------------------------------------------------------------

must cloison pool add pci "$REMOVABLE" --name removable --bus-master
check 'control: with --bus-master the function may reach the host' bus_master "$REMOVABLE"
same 'and its pool says so' "$(says removable bus_master)" 1
must cloison pool remove removable
must cloison pool add pci "$REMOVABLE" --name removable
check 'without it may not' no_bus_master "$REMOVABLE"
same 'and its pool says so' "$(says removable bus_master)" 0
refused 'a ram pool has no bus to master' 'is for|are for pci' \
	cloison pool add ram --bytes 2M --name ram1 --bus-master
same 'without an IOMMU the walls confine the CPU' "$(says removable enforcement)" cpu
check 'and the reason is told' grep -q 'no IOMMU' /sys/class/cloison_pool/removable/enforcement_reason
must cloison pool add ram --bytes 8M --name ram0

# ---- sleep -----------------------------------------------------------------------------

must cloison pool add pci "$SPARE" --name accel0
suspend() { echo freezer >/sys/power/pm_test && echo freeze >/sys/power/state; }
refused 'no suspend while a pci pool would forget' 'Device or resource busy|Operation not permitted' \
	suspend
check 'the kernel log says why' sh -c 'dmesg | grep -q "cloison: sleep refused"'
same 'the function is awake' "$(cat "/sys/bus/pci/devices/$REMOVABLE/power/runtime_status")" active
must cloison pool remove accel0

# ---- reset -----------------------------------------------------------------------------

check 'a function that can be reset says so' \
	grep -q '^cleared' /sys/class/cloison_pool/removable/leftovers
must cloison pool remove removable
check 'it is reset when it is let go' sh -c "dmesg | grep -q 'cloison $REMOVABLE: reset\$'"
check 'control: with a ram pool alone the host can suspend' suspend

# ---- a failure ---------------------------------------------------------------------------

must cloison pool add pci "$REMOVABLE" --name removable
must cloison region create acme/device --pool removable --bytes 2M
must cloison region create acme/ram --pool ram0 --bytes 2M
node=/dev/cloison/acme
begin mapper try acme open:rw:$node/device map:rw put:0:41 get:0:41 say:ready "$until_death"
begin other try acme open:rw:$node/ram map:rw put:0:42 say:ready wait get:0:42
until_printed mapper ready
until_printed other ready
must host monitor 'pcie_aer_inject_error removable-port MALF_TLP'
within 'a failed link: the pool is gone' 30 test ! -e /sys/class/cloison_pool/removable
over mapper
check 'its owner gets SIGBUS' printed mapper "^$until_death: died [0-9]+"
denied 'and ENODEV' ENODEV acme open:r:$node/device
go other
over other
came_to 'the rest lives' other get:0:42 'done'
check 'its region is destroyed' cloison region destroy acme/device
within 'the function recovers, and makes a pool again' 30 \
	cloison pool add pci "$REMOVABLE" --name removable
must cloison region create acme/device --pool removable --bytes 2M
check 'which reads as zeros' try acme open:rw:$node/device map:rw zeros
finish
