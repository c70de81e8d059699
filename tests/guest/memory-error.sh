#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: errors of the memory below a ram pool: SIGBUS there, nobody gets it again
. /tests/guest/memory.sh

INJECT=/sys/kernel/debug/hwpoison/corrupt-pfn
# fail HEX: the page that has these bytes, as if the hardware had reported it. The
# host knows where it is: up to 2 GiB its file of the guest's memory has addresses
# for offsets. What the kernel thinks of it is no matter: it says that it can do
# nothing for pages of this kind.
fail() {
	local address
	address=$(host where "$1" ram) && fail_at "$address"
}
pool_has() { [ "$(pool_says "$1")" = "$2" ]; }
fail_at() { echo $(($1 >> 12)) >$INJECT 2>/dev/null; }
must modprobe hwpoison-inject
lost='SIGBUS of failed memory'
where=0x201000

begin ordinary region-try memory:0x400000 map:rw fill:3c put:0x201123:b9 say:ready wait get:$where:3c
until_printed ordinary ready
fail 3c3c3c3cb93c3c3c
go ordinary
over ordinary
came_to "control: an ordinary page that failed" ordinary get:$where:3c "$lost"

must modprobe cloison
must cloison guard load
must cloison pool add ram --bytes 32M --name accel0
make_tenant acme
within "the pool is clean" 30 pool_is_clean
make_region acme/weights 6M
node=/dev/cloison/acme/weights
same "no error is known" "$(pool_says memory_errors)" 0

begin task in_tenant acme region-try open:rw:$node map:rw fill:5a put:0x201123:a7 \
	say:ready wait \
	-get:$where:5a -put:$where:00 get:0x200000:5a get:0x202000:5a get:0:5a get:0x400000:5a \
	-read:$where:4096:4096 -write:$where:4096:4096 read:0x202000:4096:4096
until_printed task ready
fail 5a5a5a5aa75a5a5a
within "the pool tells of the error" 10 pool_has memory_errors 1
go task
over task
came_to "the owner gets SIGBUS at that page" task get:$where:5a "$lost"
came_to "also for writing" task put:$where:00 "$lost"
came_to "its neighbours live" task get:0x200000:5a "done"
came_to "on both sides" task get:0x202000:5a "done"
came_to "and so does the granule before" task get:0:5a "done"
came_to "and behind" task get:0x400000:5a "done"
came_to "read(2) of the page" task read:$where:4096:4096 EHWPOISON
came_to "write(2) likewise" task write:$where:4096:4096 EHWPOISON
came_to "read(2) beside it" task read:0x202000:4096:4096 "done"
denied "a new mapping" "$lost" acme open:r:$node map:r get:$where:5a
check "the journal has it" sh -c 'dmesg | grep -q "accel0: memory error at offset"'

check "it is sealed all the same" try acme open:rw:$node seal
refused "but cannot be measured" 'hardware|EHWPOISON' cloison region measure acme/weights
must cloison region destroy acme/weights
within "what is left is scrubbed" 30 pool_is_clean
same "its granule is in quarantine" "$(pool_says quarantined)" $((2 * MIB))
same "and nothing else" "$(pool_says clean)" $((30 * MIB))

# In the middle of clean stock.
make_region acme/probe 2M
must try acme open:rw:/dev/cloison/acme/probe map:rw fill:66 put:0x3123:c1
address=$(host where 66666666c1666666 ram)
must cloison region destroy acme/probe
within "the probe's memory is clean" 30 pool_is_clean
fail_at "$address"
within "clean memory that failed goes to quarantine" 10 pool_has quarantined $((4 * MIB))
same "the rest is clean" "$(pool_says clean)" $((28 * MIB))

# All that is left, in as many regions as that takes.
taken=0
while cloison region create acme/r$taken --pool accel0 --bytes 2M >/dev/null 2>&1; do
	taken=$((taken + 1))
done
same "nobody gets what failed" $taken 14
for ((i = 0; i < taken; i++)); do
	try acme open:rw:/dev/cloison/acme/r$i map:rw fill:77 >"$work/output" || not_ok "r$i: $(cat "$work/output")"
	must cloison region destroy acme/r$i
done
check "the pool can be removed" cloison pool remove accel0
finish
