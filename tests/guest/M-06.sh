#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: read-only lost on the way, and what a seal ends
# timeout: 300
. /tests/guest/memory.sh

memory_up
make_tenant acme
make_region acme/w 4M
node=/dev/cloison/acme/w

check "control: opened for writing, it is mapped so" try acme open:rw:$node map:rw put:0:11 get:0:11
denied "opened for reading, mapped for writing" EACCES acme open:r:$node map:rw
check "control: a mapping of a writable descriptor is made writable" \
	try acme open:rw:$node map:r protect:rw put:0:11
denied "a mapping of a read-only descriptor is made writable" EACCES acme open:r:$node map:r protect:rw
denied "a read-only descriptor is written to" EBADF acme open:r:$node write:0:16:16
denied "a read-only descriptor seals" EBADF acme open:r:$node seal

control "a private writable mapping" memory:4096 map:rw:0:4096:private put:0:11
denied "a private writable mapping" EINVAL acme open:rw:$node map:rw:0:4096:private
check "control: a private mapping to read from" try acme open:rw:$node map:r:0:4096:private get:0:11
control "a private mapping made writable" memory:4096 map:r:0:4096:private protect:rw put:0:11
denied "a private mapping made writable" EACCES acme open:rw:$node map:r:0:4096:private protect:rw

check "control: a writable dma-buf is mapped so" try acme open:rw:$node export:rw map:rw put:0:11
denied "a read-only dma-buf is mapped for writing" EACCES acme open:rw:$node export:r map:rw
denied "its mapping is made writable" EACCES acme open:rw:$node export:r map:r protect:rw
denied "a writable dma-buf of a read-only descriptor" EACCES acme open:r:$node export:rw
check "control: a read-only one of it" try acme open:r:$node export:r map:r get:0:11

# ---- sealed ------------------------------------------------------------------

begin writer try acme open:rw:$node map:rw put:0:77 say:ready wait \
	-put:0:78 -get:0:77 -write:0:1:1 -map:rw -export:rw -seal map:r get:0:77 -protect:rw
# What the others are to see is written by then.
until_printed writer ready
begin reader try acme open:rw:$node map:r get:0:77 say:ready wait -protect:rw get:0:77
begin buffer try acme open:rw:$node export:rw map:rw get:0:77 say:ready wait \
	-put:0:78 -map:rw map:r get:0:77
until_printed reader ready
until_printed buffer ready
check "it is sealed" try acme open:rw:$node seal
for task in writer reader buffer; do
	go $task
	over $task
done
came_to "a writable mapping made before dies" writer put:0:78 SIGBUS
came_to "for reading too" writer "get:0:77" 'done'
same "which its first touch shows" "$(grep -c '^get:0:77: SIGBUS' "$work/writer")" 1
came_to "a descriptor opened before writes no more" writer write:0:1:1 EPERM
came_to "nor maps for writing" writer map:rw EPERM
came_to "nor makes a writable dma-buf" writer export:rw EPERM
came_to "sealing again is no error" writer seal 'done'
came_to "it still maps for reading" writer map:r 'done'
came_to "a mapping made after cannot be made writable" writer protect:rw EACCES
came_to "a read-only mapping made before cannot either" reader protect:rw EPERM
came_to "and is read on" reader get:0:77 'done'
came_to "a dma-buf's writable mapping dies" buffer put:0:78 SIGBUS
came_to "the dma-buf maps no more for writing" buffer map:rw EPERM
came_to "but for reading" buffer get:0:77 'done'
denied "opened for writing" EPERM acme open:rw:$node
denied "opened for writing only" EPERM acme open:w:$node
check "opened for reading" try acme open:r:$node read:0:16:16 map:r get:0:77
same "the host sees the one byte that was there" "$(host scan 0 0 spare)" 1
finish
