#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a function that is reset between two tenants, and serves one at a time
. /tests/guest/memory.sh

must modprobe cloison
must cloison guard load
make_tenant acme
make_tenant globex
resets() { dmesg | grep -c 'cloison_pool accel0: reset between two tenants$'; }
create() { cloison region create "$1" --pool accel0 --bytes 4M; }
dmesg --clear

refused 'a function that cannot be reset' 'cannot be reset' \
	cloison pool add pci "$SPARE" --name accel0 --reset
refused 'nor can a ram pool' 'are for pci' cloison pool add ram --bytes 2M --name ram0 --reset
must cloison pool add pci "$REMOVABLE" --name accel0 --reset
check 'its pool says so' grep -q 'between two tenants' /sys/class/cloison_pool/accel0/leftovers

check 'the first tenant' create acme/a
must try acme open:rw:/dev/cloison/acme/a map:rw fill:5a
check 'has as many regions as it likes' create acme/b
refused 'another waits for its turn' 'serves one tenant at a time' create globex/a
must cloison region destroy acme/a
refused 'until the last is gone' 'in use' create globex/a
must cloison region destroy acme/b
check 'the same tenant comes again' create acme/c
must cloison region destroy acme/c
same 'nothing was reset for that' "$(resets)" 0
check 'now the other' create globex/a
same 'it was reset before' "$(resets)" 1
check 'and reads zeros' try globex open:r:/dev/cloison/globex/a map:r zeros
check 'and writes' try globex open:rw:/dev/cloison/globex/a map:rw fill:66
must cloison region destroy globex/a
within 'all is scrubbed' 30 pool_is_clean

# Nobody is taken for an earlier tenant by its number.
must cloison tenant remove globex
must cloison tenant add initech --quota 64M --cgroup "$PEN/initech" --id 2
check 'a new tenant of the same number' create initech/a
same 'is another' "$(resets)" 2
must cloison region destroy initech/a

# It does not answer the reset: no region, until it does.
must sh -c "echo >/sys/bus/pci/devices/$REMOVABLE/reset_method"
refused 'no reset, no region' 'scrubbed|Input/output|quarantined' create acme/d
same 'the pool is nobody'"'"'s' "$(pool_says regions)" 0
must sh -c "echo default >/sys/bus/pci/devices/$REMOVABLE/reset_method"
check 'with it there is one' create acme/d
same 'after one reset more' "$(resets)" 3
check 'which reads zeros' try acme open:r:/dev/cloison/acme/d map:r zeros
finish
