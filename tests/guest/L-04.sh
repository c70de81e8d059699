#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: module, guard and command of two versions, either the newer: it works or says what to do
# timeout: 600
# fresh
# kernel: maxcpus=1
# The other version has maps of other shapes, and asks one thing more between module
# and guard.
. /tests/guest/memory.sh
other=/usr/lib/cloison-tests/cloison-other
node=/dev/cloison/acme/weights
upgrade="guard load' to upgrade it in place"

# tenants COMMAND: two of them, one with a region.
tenants() {
	local name
	must "$1" pool add pci "$SPARE" --name accel0
	for name in acme globex; do must "$1" tenant add $name --quota 64M --cgroup "$PEN/$name"; done
	must "$1" region create acme/weights --pool accel0 --bytes 4M
}
# walled WHAT: the wall of memory and one of the LSM's are there.
walled() {
	check "$1: acme uses its region" in_tenant acme region-try open:rw:$node map:rw get:0:5a
	refused "$1: globex does not" EACCES in_tenant globex region-try open:rw:$node
	refused "$1: and gets no packet socket" 'not permitted|not supported' \
		in_tenant globex net-sock 'socket p packet'
}
# Programs that call the module go some time after they are let go.
gone() {
	must cloison guard unload --force
	within 'the module can be removed' 300 rmmod cloison
}

# ---- the guard and its command are newer than the module ------------------------------

must modprobe cloison
check 'a guard that is newer than the module is loaded' "$other" guard load
check 'and is whole' "$other" guard show
tenants "$other"
check 'control: acme fills its region' in_tenant acme region-try open:rw:$node map:rw fill:5a
walled 'the guard is newer'
refused 'an older command reads no map of it' "$upgrade" cloison net list acme
refused 'and changes nothing' "$upgrade" cloison net allow acme out 10.0.0.1 tcp 443
refused 'adds no tenant' "$upgrade" cloison tenant add third --quota 1M --cgroup "$PEN/third"
refused 'and does not unload it by the way' "$upgrade" cloison guard unload
check 'but looks at the regions, which are the module'"'"'s' cloison region list
walled 'after all these'
check 'it takes it over: a downgrade' cloison guard load
check 'and is whole then' cloison guard show
walled 'after the downgrade'
must cloison region destroy acme/weights
must cloison tenant remove acme --force
must cloison tenant remove globex --force
must cloison pool remove accel0

# ---- the module is the newer one ---------------------------------------------------------

gone
must insmod "$TEST_MODULES/other/cloison.ko"
check 'a guard that is older than the module is loaded' cloison guard load
check 'it is whole' cloison guard show
tenants cloison
check 'control: acme fills its region there' in_tenant acme region-try open:rw:$node map:rw fill:5a
walled 'the module is newer'
check 'the guard of its version takes it over' "$other" guard load
check 'whole too' "$other" guard show
walled 'after the upgrade'
check 'and back' cloison guard load
walled 'after the way back'

# ---- what has no record, or one of another kind ----------------------------------------------

must guard-release record
refused 'a load that was killed before it held its record' 'not loaded to its end' cloison net list acme
check 'the next one finishes it' cloison guard load
walled 'after that'
must guard-release record
must guard-release maps/cloison_record
refused 'a guard without a record: no command reads it' \
	"guard unload --force', then 'cloison guard load'" cloison net list acme
refused 'nor takes it over' "guard unload --force', then 'cloison guard load'" cloison guard load
walled 'without a record'
check 'what it says helps: unload' cloison guard unload --force
refused 'then nobody uses memory' EACCES in_tenant acme region-try open:rw:$node
check 'and load' cloison guard load
finish
