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
stays 'a forged datagram, with a program behind' - open "$(forged behind)"
behind

# One that comes later, and gets before the guard: that the kernel does not prevent.
for round in 1 2; do
	ahead from 0
	leaks "control: the program ahead lets it out ($round)" open "$(forged "ahead$round")" "word-ahead$round"
	same "the guard is not in force there ($round)" "$(device_says state)" 'NOT IN FORCE'
	check "and it is told which program that is ($round)" grep -q 'tcx program passall' <(device_says problem)
	refused "guard show says so ($round)" 'tenant acme .*NOT IN FORCE' in_host cloison guard show
	refused "nobody is let into the tenant ($round)" 'not behind its wall' in_host cloison run acme -- true
	check "another tenant is not held up ($round)" in_host cloison run globex -- true
	check "guard load mends it ($round)" in_host cloison guard load
	same "it is in force again ($round)" "$(device_says state)" 'in force'
	stays "a forged datagram after that ($round)" - open "$(forged "mended$round")"
	leaks "what is allowed passes ($round)" open "socket a$round udp4; sendto a$round $PEER 7001 @"
	behind
done

ahead to 0
must try outside "socket k udp4; sendto k $ACME 6001 word-in"
within 'control: the program ahead lets it in' 20 wrote tenant word-in
same 'the guard is not in force there' "$(device_says state)" 'NOT IN FORCE'
check 'guard load mends it' in_host cloison guard load
shut_in 'a port that no rule allows after that'
behind
same 'nothing is ahead' "$(device_says state)" 'in force'

# XDP is before all of them.
ahead xdp 2
same 'with XDP on the device it is not in force' "$(device_says state)" 'NOT IN FORCE'
check 'and it is told what to type' grep -q 'XDP program passall.*ip link set dev acme0 xdp off' <(device_says problem)
behind
same 'without it, it is' "$(device_says state)" 'in force'
check 'guard show too' in_host cloison guard show
finish
