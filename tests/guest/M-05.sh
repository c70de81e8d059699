#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: dma-bufs: after a revocation, by another tenant, by an importer that pins
# timeout: 300
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

begin mover try acme open:rw:$node export:rw map:rw get:0x1005:41 "join:$CGROUPS/globex" -hold:5 \
	-map:r
over mover
came_to "another tenant does not map it" mover map:r EACCES
check "a mapping of it dies in another tenant" printed mover '^hold:5: died [0-9]+'

# ---- importers -----------------------------------------------------------------------

must modprobe vgem
card=$(basename /sys/devices/faux/vgem/drm/card* /sys/devices/platform/vgem/drm/card* 2>/dev/null |
	grep -v '\*' | head -n1)
[ -n "$card" ] || card=$(basename "$(find /sys/devices -path '*vgem*' -name 'card[0-9]*' | head -n1)")
control "vgem imports a dma-buf of ordinary memory" udmabuf:0x200000 "import:/dev/dri/$card"
denied "vgem imports one of the region" EOPNOTSUPP acme open:rw:$node export:rw "import:/dev/dri/$card"
rmmod vgem

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
