#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: 1 GiB by one entry of a page table: used where it fits, and gone whenever the wall says so
# fresh
# timeout: 600
# accelerator: 2048
. /tests/guest/memory.sh

GIB=$((1024 * MIB))
must modprobe cloison
must cloison guard load
must cloison pool add pci "$ACCELERATOR" --bytes 1032M --name accel0
make_tenant acme --quota 4G
within "the pool is clean" 120 pool_is_clean

node=open:rw:/dev/cloison/acme/g
# faults SIZE: how many entries of this size the region's faults have made.
faults() { cat "/sys/class/cloison/cloison$(cloison region show acme/g --json | jq .number)/faults_$1"; }
entries() { echo "$(faults 1g) $(faults 2m) $(faults 4k)"; }
fresh() {
	cloison region destroy acme/g >"$work/output" 2>&1
	within "$1: there is clean memory" 120 pool_is_clean
	must cloison region create acme/g --bytes 1G
}

# ---- where it does not fit -------------------------------------------------------

# The pool begins at a multiple of 1 GiB, and that place is taken.
must cloison region create acme/before --bytes 2M
refused "1 GiB at a multiple of it has no room" 'largest free extent' \
	cloison region create acme/g --bytes 1G --pool accel0 --align 1G
must cloison region create acme/g --bytes 1G
same "unless it is asked for it may lie anywhere" "$(cloison region show acme/g --json | jq .offset)" \
	$((2 * MIB))
check "a task touches both ends" try acme $node map:rw put:0:a1 put:0x3fffffff:a2
same "by entries of 2 MiB" "$(entries)" "0 2 0"
must cloison region destroy acme/before

# ---- where it fits ---------------------------------------------------------------

fresh "the first 2 MiB are free"
same "a gigabyte goes to a multiple of it by itself" \
	"$(cloison region show acme/g --json | jq .offset)" 0
check "one task touches both ends" try acme $node map:rw put:0:a1 put:0x3fffffff:a2 get:0:a1
same "one entry has mapped it all" "$(entries)" "1 0 0"
same "the host sees both bytes" "$(host scan 0 $GIB)" 2
check "a reader too" try acme open:r:/dev/cloison/acme/g map:r get:0:a1 get:0x3fffffff:a2
same "by one entry" "$(entries)" "2 0 0"
denied "what is only read is not written" SIGSEGV acme open:r:/dev/cloison/acme/g map:r get:0:a1 put:0:01
check "half of it" try acme $node map:rw:0x20000000:0x20000000 get:0x1fffffff:a2
same "is mapped by 2 MiB" "$(entries)" "3 1 0"

# ---- split, moved, protected -------------------------------------------------------

before=$(faults 1g)
denied "unmapped in the middle" SIGSEGV acme $node map:rw put:0:b1 unmap:0x200000:0x200000 \
	get:0:b1 put:0x400000:b2 get:0x200000:00
same "what is left is mapped again, by 2 MiB" "$(($(faults 1g) - before)) $(($(faults 2m) > 2))" "1 1"
denied "made read-only" SIGSEGV acme $node map:rw put:0:b3 protect:r get:0:b3 put:0:b4
check "and writable again" try acme $node map:rw put:0:b3 protect:r get:0:b3 protect:rw put:0:b4 get:0:b4
check "moved to where 1 GiB does not fit" try acme $node map:rw put:0:b5 put:0x200000:b6 move \
	get:0:b5 get:0x200000:b6
denied "shrunk" SIGSEGV acme $node map:rw put:0:b7 resize:0x200000 get:0:b7 get:0x200000:00
same "the kernel found no entry to be garbage" "$(dmesg | grep -c 'bad p[um]d')" 0

# ---- taken away -----------------------------------------------------------------------

# mapped STEP...: a task that has touched all of a new region waits, then does STEPs.
mapped() {
	fresh "$1"
	shift
	begin owner try acme $node map:rw put:0:c1 put:0x3ffffff0:c2 say:ready wait "$@"
	until_printed owner ready
	same "by one entry" "$(faults 1g)" 1
}
# dies WHAT STEP ERROR
dies() {
	go owner
	over owner
	came_to "$1" owner "$2" "$3"
}

mapped "revoked" -put:0:c3 -put:0x3ffffff0:c3
must cloison region revoke acme/g
go owner
over owner
came_to "revoked: its first byte" owner put:0:c3 SIGBUS
came_to "revoked: its last bytes" owner put:0x3ffffff0:c3 SIGBUS

mapped "revoked after a move" move get:0:c1 say:moved wait -put:0:c3 -put:0x3ffffff0:c3
go owner
until_printed owner moved
must cloison region revoke acme/g
dies "revoked after a move" put:0:c3 SIGBUS

mapped "sealed" -put:0:c3
must cloison region seal acme/g
dies "sealed: nothing writes" put:0:c3 SIGBUS
check "sealed: a reader maps it by one entry" try acme open:r:/dev/cloison/acme/g map:r get:0:c1
same "sealed: as before" "$(faults 1g)" 2

fresh "the guard is detached"
begin holder try acme $node map:rw put:0:c1 say:ready "$until_death"
until_printed holder ready
same "by one entry" "$(faults 1g)" 1
must cloison guard unload --force
over holder
check "the guard is detached: the mapping dies" printed holder "^$until_death: died"
must cloison region destroy acme/g
within "all of it is scrubbed" 120 pool_is_clean
same "the host finds nothing of it" "$(host scan 0 $GIB)" 0
finish
