#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: another tool's program before the guard's on the host's end of a device
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-host.sh

host_up
allow out "$PEER" udp 7001
make_tenant globex
# What the tenants have of memory is out of reach while their device is not behind the guard.
must cloison pool add pci "$ACCELERATOR" --name accel0
make_region acme/weights
make_region globex/weights
reads() { in_tenant "$1" dd "if=/dev/cloison/$1/weights" of=/dev/null bs=4k count=1; }
cut_off() { refused "$1" 'Permission denied' reads acme; }
check 'control, not attached: acme reads its region' reads acme
# Reads its mapping until there is none any more, which ends it.
holds() {
	in_tenant acme python3 -c "
import mmap, os
m = mmap.mmap(os.open('/dev/cloison/acme/weights', os.O_RDWR), 4096)
m[0] = 1
print('holds', flush=True)
while True:
    m[0]
"
}
witness tenant "$OPEN" acme udp:6001

# Out of the tenant: forged. Into it: to a port that no rule allows.
forged() { printf 'hex frames %s' "$(net-craft "eth $ACME_MAC $PEER_MAC" "ip4 10.9.0.77 $PEER" 'udp 1000 7001' "data word-$1")"; }
knock="socket s udp4; sendto s $ACME 6001 open; recv s; close s"
shut_in() { refused "$1" 'timed out' try outside "patience 500; socket s udp4; sendto s $ACME 6001 open; recv s; close s"; }

leaks 'control, not attached: a forged datagram' open "$(forged none)" word-none
enters 'control, not attached: a port that no rule allows' "$knock"

# One that came before, and lets all pass.
ahead from 0
host_attach
same 'the guard gets before it' "$(device_says state)" 'in force'
check 'and acme reads its region' reads acme
stays 'a forged datagram, with a program behind' - open "$(forged behind)"
behind

# One that comes later, and gets before the guard: that the kernel does not prevent.
for round in 1 2; do
	ahead from 0
	leaks "control: the program ahead lets it out ($round)" open "$(forged "ahead$round")" "word-ahead$round"
	same "the guard is not in force there ($round)" "$(device_says state)" 'NOT IN FORCE'
	check "and it is told which program that is ($round)" grep -q 'tcx program passall' <(device_says problem)
	cut_off "the tenant's memory is out of reach ($round)"
	check "another tenant's is not ($round)" reads globex
	refused "guard show says so ($round)" 'tenant acme .*NOT IN FORCE' in_host cloison guard show
	refused "nobody is let into the tenant ($round)" 'not behind its wall' in_host cloison run acme -- true
	check "another tenant is not held up ($round)" in_host cloison run globex -- true
	check "guard load mends it ($round)" in_host cloison guard load
	same "it is in force again ($round)" "$(device_says state)" 'in force'
	check "the tenant reads its memory again ($round)" reads acme
	stays "a forged datagram after that ($round)" - open "$(forged "mended$round")"
	leaks "what is allowed passes ($round)" open "socket a$round udp4; sendto a$round $PEER 7001 @"
	behind
done

holds >"$work/holds" 2>&1 &
holder=$!
within 'a task maps the memory' 30 grep -q holds "$work/holds"
ahead to 0
within 'a task that reads its mapping ends as a program gets ahead' 30 sh -c "! kill -0 $holder"
wait "$holder"
same 'by SIGBUS' $? 135
must try outside "socket k udp4; sendto k $ACME 6001 word-in"
within 'control: the program ahead lets it in' 20 wrote tenant word-in
same 'the guard is not in force there' "$(device_says state)" 'NOT IN FORCE'
cut_off "the tenant's memory is out of reach"
check 'guard load mends it' in_host cloison guard load
shut_in 'a port that no rule allows after that'
behind
same 'nothing is ahead' "$(device_says state)" 'in force'

# XDP is before all of them.
ahead xdp 2
same 'with XDP on the device it is not in force' "$(device_says state)" 'NOT IN FORCE'
cut_off "with XDP on the device the tenant's memory is out of reach"
check 'and it is told what to type' grep -q 'XDP program passall.*ip link set dev acme0 xdp off' <(device_says problem)
behind
same 'without it, it is' "$(device_says state)" 'in force'
check 'guard show too' in_host cloison guard show
check 'and the memory is there' reads acme

# A device that is gone lets nothing by, and holds up nobody.
must ip -n host link del acme0
check 'with the device gone the tenant reads its memory' reads acme
finish
