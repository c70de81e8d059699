#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: mmap and mremap beyond a region's end
# timeout: 300
. /tests/guest/memory.sh

# 1,221 pages, the last of them not whole, in three granules of 2 MiB.
bytes=5000000 mapped=5001216
node=/dev/cloison/acme/odd
memory_up
make_tenant acme
make_tenant globex
make_region acme/odd $bytes
make_region globex/next 2M
must try globex open:rw:/dev/cloison/globex/next map:rw fill:5a

# beyond WHAT ERROR STEP...: on a region, and the control on ordinary memory.
beyond() {
	local what=$1 error=$2
	shift 2
	control "$what" "memory:$bytes" "$@"
	denied "$what" "$error" acme "open:rw:$node" "$@"
}

check "a region that ends in the middle of a page is mapped whole" \
	try acme "open:rw:$node" map:rw "get:$((mapped - 1)):00" zeros
beyond "one page more than it has" EINVAL "map:r:0:$((mapped + 4096))"
beyond "an offset at its end" EINVAL "map:r:$mapped:4096"
beyond "an offset behind its end" EINVAL "map:r:$((mapped + (1 << 30))):4096"
beyond "16 TiB of it" EINVAL map:r:0:0x100000000000
for offset in 0xffffffffffffe000 0x7ffffffffffff000 0xffffffffffb3b000; do
	control "offset $offset" open:rw:/dev/zero "map:r:$offset:4096"
	denied "offset $offset" EINVAL acme "open:rw:$node" "map:r:$offset:4096"
done
# Where offset and length together wrap to something small, the kernel itself
# says no, whatever the file.
denied "an offset and a length that wrap together" EOVERFLOW acme "open:rw:$node" \
	map:r:0xfffffffffffff000:8192
denied "no length" EINVAL acme "open:rw:$node" map:r:0:0

beyond "mremap to more" EFAULT map:r:0:4096 resize:8192
beyond "mremap of all to more" EFAULT "map:r:0:$mapped" "resize:$((mapped + 4096))"
beyond "mremap with an old length of nought" EFAULT map:r:0:8192 double
beyond "remap_file_pages to a page behind the end" EINVAL map:rw:0:8192 remap:1221
check "remap_file_pages inside" try acme "open:rw:$node" map:rw put:0x3000:31 \
	map:rw:0:8192 remap:3 get:0:31 put:0:00

check "mremap to less keeps what is left" try acme "open:rw:$node" map:rw put:0:21 resize:4096 \
	get:0:21 put:0:00
denied "and takes the rest away" SIGSEGV acme "open:rw:$node" map:rw resize:4096 get:4096:00
check "moved by mremap it shows the same bytes" try acme "open:rw:$node" map:rw put:0x200005:22 \
	move get:0x200005:22 put:0x200005:00
check "a hole in the middle of 2 MiB leaves its neighbours" try acme "open:rw:$node" map:rw \
	put:0x1fff:23 put:0x3000:24 unmap:0x2000:4096 get:0x1fff:23 get:0x3000:24 \
	put:0x1fff:00 put:0x3000:00
denied "and cannot be touched" SIGSEGV acme "open:rw:$node" map:rw unmap:0x2000:4096 get:0x2000:00
check "a mapping that begins in the middle shows what is there" try acme "open:rw:$node" map:rw \
	put:0x201000:25 map:rw:0x1000:0x400000 get:0x200000:25 put:0x200000:00

check "a read at the end is short" try acme "open:rw:$node" "read:$((bytes - 10)):100:10"
check "a read behind the end gets nothing" try acme "open:rw:$node" "read:$bytes:100:0" \
	read:0x7ffffffffffff000:100:0
check "a write at the end is short" try acme "open:rw:$node" "write:$((bytes - 10)):100:10"
denied "a write behind the end" ENOSPC acme "open:rw:$node" "write:$bytes:100:100"

check "the region is zero, the tail of its last page too" try acme "open:rw:$node" map:rw zeros
same "the neighbour's bytes are all there, and no other" "$(host scan 0 0 spare)" $((2 * MIB))
finish
