#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: no rules, no more rules, and rules that are none
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
guard_up
make_tenant acme
session acme "$WALLED" acme
witness tenant "$WALLED" acme udp:6001

nothing_passes() {
	stays "$1: UDP out" 'not permitted' acme "socket s udp4; sendto s $PEER 7001 @"
	stays "$1: UDP out, IPv6" 'not permitted' acme "socket s udp6; sendto s $PEER6 7001 @"
	stays "$1: TCP out" 'not permitted' acme "socket s tcp4; connect s $PEER 7001; send s @"
	shut "$1: UDP in" "socket s udp4; sendto s $ACME 6001 in; recv s"
}

# garbage WORD REMEDY WORDS...: refused by name and with what to write instead.
garbage() {
	local word=$1 remedy=$2 status=0
	shift 2
	cloison net allow acme "$@" >"$work/said" 2>&1 || status=$?
	same "'$*': exit status of a usage error" "$status" 2
	check "'$*': the error names $word" grep -F -e "$word" "$work/said"
	check "'$*': and the remedy" grep -E -e "$remedy" "$work/said"
	same "'$*': nothing has changed" "$(state)" "$before"
}

# Tenants' policies as the kernel has them: a change has another generation.
state() { cloison guard show --json | jq -c '.tenants[] | [.tenant, .generation, .rules, .network]'; }

nothing_passes 'no list'
allow out "$PEER" udp 7001
allow in "$PEER" udp 6001
leaks 'control, allowed: out' acme "socket s udp4; sendto s $PEER 7001 @"
enters 'control, allowed: in' "socket s udp4; sendto s $ACME 6001 in; recv s"

before=$(state)
garbage sideways 'in or out' sideways "$PEER"
garbage hots 'address' out hots
garbage "$PEER/33" '0 to 32' out "$PEER/33"
garbage 10.9.0.2/24 '10\.9\.0\.0/24' out 10.9.0.2/24
garbage 010.9.0.2 'address' out 010.9.0.2
garbage ::ffff:10.9.0.2 'IPv4 prefix' out ::ffff:10.9.0.2
garbage fd00:9::2%wire 'address' out fd00:9::2%wire
garbage tpc 'tcp, udp, sctp, icmp, icmp6 or any' out "$PEER" tpc
garbage http 'port' out "$PEER" tcp http
garbage 70000 '65535' out "$PEER" tcp 70000
garbage 80-20 '20-80' out "$PEER" tcp 80-20
garbage 7001 'protocol' out "$PEER" any 7001
garbage twice 'one word too many' out "$PEER" tcp 80 twice
refused 'a rule without a peer' 'usage: cloison net allow' cloison net allow acme out
same 'a rule without a peer: nothing has changed' "$(state)" "$before"
refused 'an empty word' "''|usage" cloison net allow acme out ''
same 'an empty word: nothing has changed' "$(state)" "$before"
leaks 'after all that the policy holds: out' acme "socket s udp4; sendto s $PEER 7001 @"
stays 'after all that the policy holds: another port' 'not permitted' acme \
	"socket s udp4; sendto s $PEER 7002 @"

forbid 2
forbid 1
same 'the list is empty' "$(cloison net list acme --json | jq -c .)" '[]'
nothing_passes 'an empty list'
finish
