#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: other ways into a mapping or out of it, as root in the tenant's own cgroup
# timeout: 300
. /tests/guest/memory.sh

# ---- the memory's other nodes, first with no wall -----------------------------

echo 1 >"/sys/bus/pci/devices/$SPARE/enable"
bar=$(sed -n 3p "/sys/bus/pci/devices/$SPARE/resource" | cut -d' ' -f1)
resource=/sys/bus/pci/devices/$SPARE/resource2
other_nodes=("open:rw:/dev/mem map:r:$bar:4096" "open:rw:/dev/mem map:r:$RESERVED_START:4096"
	"open:rw:$resource map:r:0:4096" "open:rw:${resource}_wc map:r:0:4096"
	"open:rw:$resource map:rw:0:4096")
for attempt in "${other_nodes[@]}"; do
	# shellcheck disable=SC2086 # an attempt is several steps
	control "$attempt" $attempt
done

memory_up
must cloison pool add reserved "$RESERVED_START" --bytes 64M --name reserved0
make_tenant acme
make_region acme/w 2M
node=/dev/cloison/acme/w
# Nobody maps what is the wall's, and a tenant does not even open it.
for attempt in "${other_nodes[@]}"; do
	# shellcheck disable=SC2086
	refused "the host: $attempt" "${attempt##* }: (EPERM|EINVAL)\$" region-try $attempt
	# shellcheck disable=SC2086
	refused "$attempt" ': (EPERM|EINVAL)$' try acme $attempt
done

# ---- from another process -------------------------------------------------------

begin ordinary try acme memory:0x200000 map:rw fill:d7 where wait
begin owner try acme open:rw:$node map:rw fill:d7 where wait
until_printed ordinary '^where: .*at'
until_printed owner '^where: .*at'

# peek_both WAY ERROR
peek_both() {
	check "control: $1 on ordinary memory" \
		in_tenant acme peek "$1" "$(pid_in ordinary)" "$(address_in ordinary)"
	refused "$1: $2" "^$2\$" in_tenant acme peek "$1" "$(pid_in owner)" "$(address_in owner)"
}
peek_both vm-readv EFAULT
peek_both vm-writev EFAULT
peek_both mem-read EIO
peek_both mem-write EIO
peek_both ptrace-peek EIO
peek_both ptrace-poke EIO
for task in ordinary owner; do
	go $task
	over $task
done
same "what the host sees is what the owner wrote" "$(host scan 0 0 spare)" $((2 * MIB))
check "and so does the owner" try acme open:r:$node map:r get:0:d7

# ---- by the kernel on the owner's own behalf -----------------------------------

must modprobe brd rd_nr=1 rd_size=4096
must cloison tenant device-allow acme /dev/ram0
# own WHAT ERROR STEP...
own() {
	local what=$1 error=$2
	shift 2
	control "$what" memory:0x200000 map:rw fill:d7 "$@"
	denied "$what" "$error" acme open:rw:$node map:rw "$@"
}
own "O_DIRECT from it" EFAULT direct-out:/dev/ram0
own "O_DIRECT into it" EFAULT direct-in:/dev/ram0
own "vmsplice" EFAULT vmsplice
own "a child touches it" SIGSEGV fork:0
own "MADV_DOFORK" EINVAL advise:dofork
own "MADV_DODUMP" EINVAL advise:dodump

# ---- a core dump -------------------------------------------------------------------

echo "$work/core" >/proc/sys/kernel/core_pattern
# dump NAME STEP...: prints how many lines of the core have 64 bytes of the pattern.
dump() {
	local name=$1
	shift
	rm -f "$work"/core*
	begin "$name" in_tenant acme bash -c \
		'ulimit -c unlimited; echo 0x1ff >/proc/self/coredump_filter; exec region-try "$@"' \
		dump "$@" fill:d7 where wait
	until_printed "$name" '^where: .*at'
	kill -ABRT "$(pid_in "$name")"
	over "$name"
	[ -n "$(find "$work" -name 'core*' -size +0)" ] || { echo none; return; }
	cat "$work"/core* | LC_ALL=C grep -caP '\xd7{64}'
}
dump dumped memory:0x200000 map:rw >"$work/count"
same "control: a core of ordinary memory has it" "$(cat "$work/count")" 1
dump dumped open:rw:$node map:rw >"$work/count"
same "a core of the owner has not" "$(cat "$work/count")" 0
rmmod brd
finish
