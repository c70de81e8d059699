#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a broad denial against a narrower rule that allows
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
guard_up
make_tenant acme
session acme "$WALLED" acme
witness tenant "$WALLED" acme udp:6001

udp4="socket s udp4; sendto s $PEER 7001 @"
udp6="socket s udp6; sendto s $PEER6 7001 @"
tcp4="socket s tcp4; connect s $PEER 7001; send s @; close s"

# denied WHAT CALLS RULE...: it works, is denied by the rule, works without.
denied() {
	local what=$1 calls=$2 rules
	shift 2
	leaks "control, allowed: before the denial of $what" acme "$calls"
	deny "$@"
	stays "$what" 'not permitted' acme "$calls"
	rules=$(cloison net list acme --json | jq length)
	forbid "$rules"
}

allow out "$PEER" udp 7001
allow out "$PEER" tcp 7001
allow out "$PEER6" udp 7001
denied 'all of the subnet' "$udp4" out 10.9.0.0/24
denied 'all of IPv4' "$udp4" out 0.0.0.0/0
denied 'all' "$udp4" out any
denied 'all, IPv6' "$udp6" out any
denied 'all of a wide IPv6 prefix' "$udp6" out fd00::/8
denied 'the same address' "$udp4" out "$PEER"
denied 'a range of ports around it' "$udp4" out 10.0.0.0/8 udp 7000-7010
denied 'the same rule for all protocols' "$tcp4" out 10.9.0.0/16 any
leaks 'the denials are gone' acme "$udp4"

# What a denial does not name goes on.
deny out 10.9.0.0/24 tcp
leaks 'a denial of TCP leaves UDP' acme "$udp4"
stays 'and stops TCP' 'not permitted' acme "$tcp4"
deny out 10.9.0.0/24 udp 7002-65535
leaks 'a denial of other ports leaves this one' acme "$udp4"

in_udp="socket s udp4; sendto s $ACME 6001 hello; recv s"
allow in "$PEER" udp 6001
enters 'control, allowed: in' "$in_udp"
deny in 10.0.0.0/8
shut 'in, with a broad denial' "$in_udp"
# The denial came first, the narrower rule after it.
allow in 10.9.0.0/28 udp 6001
shut 'in, with a narrower rule that came later' "$in_udp"
finish
