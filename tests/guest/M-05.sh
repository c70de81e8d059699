#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: dma-bufs: after a revocation, by another tenant, by an importer that pins
# timeout: 600
. /tests/guest/memory.sh

memory_up
make_tenant acme
make_tenant globex
make_region acme/w 4M
node=/dev/cloison/acme/w

check "control: a dma-buf is mapped and shows the region" try acme open:rw:$node map:rw put:0x1005:41 \
	export:rw map:rw get:0x1005:41 put:0x1006:42 open:r:$node map:r get:0x1006:42
check "control: a part of it" try acme open:rw:$node export:rw:0x1000:0x2000 map:rw get:5:41
denied "more than the part" EINVAL acme open:rw:$node export:rw:0x1000:0x2000 map:r:0:0x3000
denied "behind the part" EINVAL acme open:rw:$node export:rw:0x1000:0x2000 map:r:0x1000:0x2000
denied "a part that ends behind the region" EINVAL acme open:rw:$node export:rw:0x3ff000:0x2000
denied "a part that begins there" EINVAL acme open:rw:$node export:rw:0x400000:0x1000
denied "an offset and a length that wrap together" EINVAL acme open:rw:$node \
	export:rw:0x1000:0xfffffffffffff000
denied "a part that is not of pages" EINVAL acme open:rw:$node export:rw:1:0x1000

begin mover try acme open:rw:$node export:rw map:rw get:0x1005:41 "join:$PEN/globex" "-$until_death" \
	-map:r
over mover
came_to "another tenant does not map it" mover map:r EACCES
check "a mapping of it dies in another tenant" printed mover "^$until_death: died [0-9]+"

# ---- importers -----------------------------------------------------------------------

must modprobe vgem
card=$(basename /sys/devices/faux/vgem/drm/card* /sys/devices/platform/vgem/drm/card* 2>/dev/null |
	grep -v '\*' | head -n1)
[ -n "$card" ] || card=$(basename "$(find /sys/devices -path '*vgem*' -name 'card[0-9]*' | head -n1)")
control "vgem imports a dma-buf of ordinary memory" udmabuf:0x200000 "import:/dev/dri/$card"
must cloison tenant device-allow acme "/dev/dri/$card"
denied "vgem imports one of the region" EOPNOTSUPP acme open:rw:$node export:rw "import:/dev/dri/$card"
rmmod vgem

# ---- a device of the tests, which reads at the addresses it was given --------------------

test_module importer
must cloison tenant device-allow acme /dev/cloison-importer
must cloison pool add ram --bytes 16M --name ram0
must cloison region create acme/ram --pool ram0 --bytes 4M
must cloison region create acme/pinned --pool ram0 --bytes 4M --allow-pinning

# exported TENANT/REGION ACCESS STEP...: with the region's dma-buf as the descriptor
exported() {
	local name=$1 access=$2
	shift 2
	try "${name%/*}" "open:rw:/dev/cloison/$name" map:rw put:0x1005:41 "export:$access" "$@"
}

importers_of() { cloison region show "$1" --json | jq -c .importers; }
used() { cat "/sys/class/cloison_pool/$1/used"; }
holds() { [ "$(used "$1")" = "$2" ]; }

control "a device that pins attaches to ordinary memory" udmabuf:0x200000 "device:attach static" \
	"device:map rw"
for name in w ram; do
	check "a device that lets go attaches to $name and reads it" \
		exported acme/$name rw "device:attach dynamic" "device:map rw" "device:get 0x1005 41"
	refused "one that cannot does not attach to $name" 'attach static: EOPNOTSUPP$' \
		exported acme/$name rw "device:attach static"
	refused "a read-only dma-buf of $name is not mapped writable" 'map rw: EACCES$' \
		exported acme/$name r "device:attach dynamic" "device:map rw"
	check "read-only it is" \
		exported acme/$name r "device:attach dynamic" "device:map r" "device:get 0x1005 41"
	check "and so is a part of it" exported acme/$name rw:0x1000:0x2000 \
		"device:attach dynamic" "device:map r" "device:get 5 41"
done
refused "one that cannot take device memory does not attach to a BAR" 'no-peer: EOPNOTSUPP$' \
	exported acme/w rw "device:attach no-peer"
check "but to RAM it does" exported acme/ram rw "device:attach no-peer" "device:map r" \
	"device:get 0x1005 41"
check "a region that allows pinning takes one that pins" exported acme/pinned rw \
	"device:attach static" "device:map rw" "device:get 0x1005 41"

begin mover exported acme/ram rw "device:attach dynamic" "device:map r" \
	"join:$PEN/globex" say:joined wait "-device:moved" "-device:map r"
until_printed mover ' joined$'
within "a device lets go when its task belongs to another tenant" 10 \
	sh -c 'cloison region show acme/ram | grep -q "cloison-importer (dynamic)"'
go mover
over mover
came_to "it was told" mover "device:moved" 'done'
came_to "and maps no more" mover "device:map r" EACCES

# ---- a device, and the end of writing ------------------------------------------------

begin stubborn exported acme/ram rw "device:attach stubborn" "device:map rw" say:ready wait
until_printed stubborn ' ready$'
refused "no seal while a device may write and does not let go" 'seal: EBUSY$' \
	try acme open:rw:/dev/cloison/acme/ram seal
go stubborn
over stubborn
begin writer exported acme/ram rw "device:attach dynamic" "device:map rw" say:ready wait \
	"-device:moved" "-device:map rw" "-device:map r" "-device:get 0x1005 41"
until_printed writer ' ready$'
check "a seal ends the writing of one that does" try acme open:rw:/dev/cloison/acme/ram seal
go writer
over writer
came_to "it was told" writer "device:moved" 'done'
came_to "writable it maps no more" writer "device:map rw" EPERM
came_to "read-only it does" writer "device:get 0x1005 41" 'done'

# ---- a device, and a revocation ---------------------------------------------------------

make_region acme/held 4M
begin user exported acme/held rw put:0:47 "device:attach dynamic" "device:map rw" say:ready wait \
	"-device:moved" "-device:get 0 47" "-device:map r"
until_printed user ' ready$'
check "revoked" cloison region revoke acme/held
go user
over user
came_to "the device was told" user "device:moved" 'done'
came_to "it reads no more" user "device:get 0 47" ENXIO
came_to "and maps no more" user "device:map r" ESTALE
check "destroyed" cloison region destroy acme/held

make_region acme/held 4M
marker=4b4b4b4b4b4b4b4b
begin user try acme open:rw:/dev/cloison/acme/held map:rw fill:4b export:rw \
	"device:attach stubborn" "device:map rw" say:ready wait "device:unmap" say:unmapped wait
until_printed user ' ready$'
before=$(used accel0)
check "revoked, but the device does not let go" cloison region revoke acme/held
refused "its region is not destroyed" 'see: cloison region show acme/held' \
	cloison region destroy acme/held
same "it says by whom it is held" "$(importers_of acme/held)" \
	'[{"device":"cloison-importer","kind":"dynamic","mappings":1}]'
check "the memory is not given to the scrubber" holds accel0 "$before"
check "the host still sees it" test "$(host find $marker spare)" -gt 0
go user
until_printed user ' unmapped$'
within "it is when the device lets go" 10 holds accel0 $((before - 4 * MIB))
within "and is scrubbed" 10 pool_is_clean
same "the host sees no more of it" "$(host find $marker spare)" 0
check "destroyed" cloison region destroy acme/held
go user
over user

begin user exported acme/pinned rw "device:attach static" "device:map rw" say:ready wait
until_printed user ' ready$'
before=$(used ram0)
check "revoked, while pinned" cloison region revoke acme/pinned
refused "it is not destroyed" 'see: cloison region show acme/pinned' \
	cloison region destroy acme/pinned
check "it says by whom it is held" grep -q '"kind":"pinning"' <<<"$(importers_of acme/pinned)"
check "the memory is not given to the scrubber" holds ram0 "$before"
go user
over user
within "it is when the device goes" 10 holds ram0 $((before - 4 * MIB))
check "destroyed" cloison region destroy acme/pinned
check "the device's driver goes" rmmod importer

# ---- the descriptor that nobody learned of ---------------------------------------------

in_tenant acme ioctl-edge region $node >"$work/edges"
for line in 'good arguments: accepted' 'in read-only memory: EFAULT' \
	'begins before a guard page and ends behind it: EFAULT'; do
	check "an export, $line" grep -Fqx "ok REGION_EXPORT: $line" "$work/edges"
done

# ---- revoked ------------------------------------------------------------------------------

make_region acme/v 4M
node=/dev/cloison/acme/v
begin holder try acme open:rw:$node export:rw map:rw put:0:43 get:0:43 say:ready wait \
	-put:0:44 -map:r
until_printed holder 'ready'
same "control: the host sees what was written through it" "$(host find 43 spare)" 1
check "revoked" cloison region revoke acme/v
go holder
over holder
came_to "its mapping is dead" holder put:0:44 SIGBUS
came_to "it maps no more" holder map:r ESTALE
within "its memory is scrubbed while the dma-buf is held" 10 pool_is_clean
same "and the host sees no more of it" "$(host find 43 spare)" 0
finish
