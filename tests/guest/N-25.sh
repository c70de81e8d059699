#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: tenants whose names and numbers run together alike
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
guard_up
# a1 with number 1 has the rule. Written one behind the other, its name and
# number, those with the rule's, and those of the others are the same letters.
tenants='a1:1 a:11 a11:111 a1-1:1111 A1:11111'
for tenant in $tenants; do
	make_tenant "${tenant%:*}" --id "${tenant#*:}"
	session "${tenant%:*}" "$PEN/${tenant%:*}" acme
done
must cloison net allow a1 out "$PEER" udp 7001
must cloison net allow a1 in "$PEER" udp 6001

leaks 'control, no wall' open "socket s udp4; sendto s $PEER 7001 @"
leaks 'control, allowed: the tenant of the rule' a1 "socket s udp4; sendto s $PEER 7001 @"
for tenant in $tenants; do
	[ "${tenant%:*}" != a1 ] || continue
	stays "out of tenant ${tenant%:*}, number ${tenant#*:}" 'not permitted' "${tenant%:*}" \
		"socket s udp4; sendto s $PEER 7001 @"
done
witness a1 "$PEN/a1" acme udp:6001
enters 'control, allowed: into the tenant of the rule' "socket s udp4; sendto s $ACME 6001 hello; recv s"
witness a11 "$PEN/a11" acme udp:6002
must cloison net allow a in "$PEER" udp 6002
shut 'into the one whose port a neighbour allows' "socket s udp4; sendto s $ACME 6002 hello; recv s"

# A rule that one loses, or the end of one, takes nothing from its neighbours.
must cloison net deny a11 out any
must cloison tenant remove a --force
leaks 'a neighbour denied and one removed: the rule still holds' a1 \
	"socket s udp4; sendto s $PEER 7001 @"
stays 'and opens nothing' 'not permitted' a11 "socket s udp4; sendto s $PEER 7001 @"
finish
