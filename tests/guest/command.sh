#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: the command: usage, loading the module, pools; their JSON, exit codes and errors
# fresh
# timeout: 400
. /tests/guest/lib.sh
. /tests/guest/lib-command.sh

usage() {
	exits 2 'no noun' '^usage: cloison' cloison
	exits 2 'an unknown noun' 'is not a noun' cloison pools
	exits 2 'no verb' 'wants a verb' cloison pool
	exits 2 'an unknown verb' 'is not a verb of pool' cloison pool grow
	exits 2 'an unknown option' 'unknown option "--force"' cloison status --force
	exits 2 'an operand too many' 'one operand too many' cloison pool list x
	exits 2 'a size that is junk' 'its unit is not' cloison pool add ram --bytes 64X --name a
	exits 2 'a negative size' 'it is negative' cloison pool add ram --bytes -64M --name a
	exits 2 'a size that overflows' 'too large' cloison pool add ram --bytes 99999999T --name a
	exits 2 'a malformed name' '1 to 63 of the characters' cloison tenant add a/b --quota 1M
	exits 2 'a malformed PCI address' 'such as 0000:00:04.0' cloison pool add pci 4.0
	exits 2 'a region open to others' 'never open to others' \
		cloison region create acme/w --bytes 2M --mode 0666
	exits 2 'a region of no size' 'either --bytes SIZE or --like FILE' cloison region create acme/w
	exits 2 'a quota that is not given' 'say how much memory' cloison tenant add acme
	exits 2 'a rule of no sense' 'usage: cloison net allow' cloison net allow acme sideways 10.0.0.0/8
	exits 0 'help' 'region +pieces' cloison help
	exits 0 'help for a noun' 'cloison pool add' cloison help pool
	exits 0 'help for a verb' 'cloison pool add' cloison pool add --help
}

without_module() {
	rmmod cloison 2>/dev/null
	exits 5 'status without the module' 'the module is not loaded' cloison status
	exits 5 'and what to do' 'modprobe cloison' cloison pool list
	exits 5 'a kernel that it was not built for' 'dkms status cloison' \
		unshare --mount bash -c 'mount -t tmpfs tmpfs /lib/modules && cloison pool add ram --bytes 2M --name a'
	exits 0 'versions' 'module loaded: not loaded' cloison --version
	exits 0 'the first pool loads the module' 'pool ram0: 64M of ram memory' \
		cloison pool add ram --bytes 64M --name ram0
	exits 0 'which then has a version' 'module loaded: [0-9]' cloison --version
}

driver_of() {
	basename "$(readlink "/sys/bus/pci/devices/$1/driver")"
}

pools() {
	local other
	exits 0 'a PCI function becomes a pool' '\* BAR 2: 128M.*prefetchable' \
		cloison pool add pci "$ACCELERATOR" --name accel0
	same 'it is bound to cloison' "$(driver_of "$ACCELERATOR")" cloison
	exits 8 'a name that is taken' 'choose another --name' cloison pool add pci "$SPARE" --name accel0
	same 'the function was given back' "$(driver_of "$SPARE")" ''
	same 'and is anybody'\''s again' "$(cat "/sys/bus/pci/devices/$SPARE/driver_override")" '(null)'
	exits 3 'a function that is not there' 'lspci -D' cloison pool add pci 0000:00:1e.7
	exits 2 'a BAR that is not there' 'no memory in that BAR' cloison pool add pci "$SPARE" --bar 5
	other=$(basename "$(find /sys/bus/pci/drivers/virtio-pci/ -name '0000:*' | head -n1)")
	exits 8 'a function that another driver has' 'in use by the driver virtio-pci' \
		cloison pool add pci "$other"
	same 'it keeps its driver' "$(driver_of "$other")" virtio-pci
	exits 0 'a reserved range becomes a pool' 'pool kept: 64M of reserved memory' \
		cloison pool add reserved "$RESERVED_START" --bytes "$RESERVED_BYTES" --name kept
	exits 1 'a size that is not in granules' 'multiples of 2M' cloison pool add ram --bytes 3M --name a
	exits 1 'a range that the kernel uses' 'set aside at boot: memmap=2M[$]0x200000' \
		cloison pool add reserved 0x200000 --bytes 2M --name a
	same_fields 'pool list' cloison pool list
	json 'pool list has all of them' '{p["pool"]: p["bytes"] for p in j} ==
		{"ram0": 64 << 20, "accel0": 128 << 20, "kept": 64 << 20}' cloison pool list -j
	json 'where they are' '[p["where"] for p in j if p["kind"] == "pci"] == ["0000:00:04.0 BAR 2"]' \
		cloison -j pool list
}

by_force() {
	modprobe pci-stub
	echo pci-stub >"/sys/bus/pci/devices/$SPARE/driver_override"
	echo "$SPARE" >/sys/bus/pci/drivers_probe
	same 'another driver has the spare function' "$(driver_of "$SPARE")" pci-stub
	exits 8 'it is not taken away' '--force' cloison pool add pci "$SPARE" --name spare
	same 'it stays there' "$(driver_of "$SPARE")" pci-stub
	exits 0 'unless by force' 'pool spare' cloison pool add pci "$SPARE" --name spare --force
	same 'then it is cloison'\''s' "$(driver_of "$SPARE")" cloison
	exits 0 'the pool is removed' '' cloison pool remove spare
	same 'and its function let go' "$(driver_of "$SPARE")" ''
}

removal() {
	for pool in ram0 accel0 kept; do
		exits 0 "pool $pool goes" '' cloison pool remove "$pool"
	done
	same 'the function is let go' "$(driver_of "$ACCELERATOR")" ''
	exits 3 'a pool that is not there' 'cloison pool list' cloison pool remove ram0
	json 'nothing is left' 'j["pools"] == [] and j["tenants"] == []' cloison status -j
	check 'the module can be unloaded' rmmod cloison
}

usage
without_module
pools
by_force
removal
finish
