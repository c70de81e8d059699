#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a flow under another policy: lives on if a rule only moved, ends at once if it went
# fresh
# timeout: 240
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
guard_up
make_tenant acme
session acme "$WALLED" acme
witness born "$WALLED" acme udp:6000 tcp:6000

# rule NAME DIRECTION PEER PROTOCOL PORTS, into the policy that is to be
rule() { printf '[rule %s]\nDirection=%s\nAction=allow\nPeer=%s\nProtocol=%s\nPorts=%s\n' "$@"; }
replace() { check "$1" cloison net set acme --file "$work/policy"; }
first() {
	rule a out "$PEER" tcp 7001
	rule b out "$PEER" udp 7001
	rule c out "$PEER6" tcp 7001
	rule d in "$PEER" tcp 6000
	rule e in "$PEER" udp 6000
}
moved() {
	rule e in "$PEER" udp 6000
	rule d in 10.9.0.0/24 tcp 6000-6001
	rule c out fd00:9::/64 tcp any
	rule x out "$OTHER" tcp 1-100
	rule b out "$PEER" udp 7001
	rule a out "$PEER" tcp 7000-7001
}
first >"$work/policy"
replace 'a policy'

# echoes WHAT SESSION CALLS: what is sent comes back; CALLS end with a recv.
echoes() {
	sequence=$((sequence + 1))
	same "$1" "$(try "$2" "${3//@/word-$sequence-}")" "word-$sequence-"
}

all_echo() {
	echoes "$1: TCP out" acme 'send call @; recv call'
	echoes "$1: TCP out, IPv6" acme 'send call6 @; recv call6'
	echoes "$1: UDP out" acme "sendto ask $PEER 7001 @; recv ask"
	echoes "$1: TCP in" outside 'send called @; recv called'
	echoes "$1: UDP in" outside "sendto asked $ACME 6000 @; recv asked"
}

check 'TCP out begins' try acme "socket call tcp4; connect call $PEER 7001"
check 'TCP out begins, IPv6' try acme "socket call6 tcp6; connect call6 $PEER6 7001"
check 'a UDP socket' try acme 'socket ask udp4'
check 'TCP in begins' try outside "socket called tcp4; connect called $ACME 6000"
check 'a UDP socket outside' try outside 'socket asked udp4'
all_echo 'replies pass'

moved >"$work/policy"
replace 'all rules in another order, and wider'
all_echo 're-ordered rules'
same 'no flow was ended' "$(count ended)" 0

# A pilot ends nothing.
must cloison net mode acme observe
: >"$work/policy"
replace 'no rule any more, observed only'
all_echo 'observed'
moved >"$work/policy"
replace 'the rules are back'
must cloison net mode acme enforce

# One waits for its answer while the rules go.
printf 'patience 20000; recv call6\n' >&"${session_in[acme]}"
: >"$work/policy"
begin=$(date +%s%N)
replace 'no rule any more'
IFS= read -r -t 20 reply <&"${session_out[acme]}"
note "heard $((($(date +%s%N) - begin) / 1000000)) ms after the command began"
same 'who waits hears of it' "${reply##*: }" 'Software caused connection abort'
stays 'TCP out' 'connection abort|Broken pipe' acme 'patience 500; send call @'
stays 'UDP out' 'not permitted' acme "sendto ask $PEER 7001 @"
refused 'TCP in' 'timed out' try outside 'patience 500; send called x; recv called'
refused 'UDP in' 'timed out' try outside "patience 500; sendto asked $ACME 6000 x; recv asked"
check 'they are counted as ended' [ "$(count ended)" -ge 5 ]
cloison monitor --past --seconds 1 --json >"$work/events"
same 'three connections were cut, and told' "$(jq -c 'select(.hook == "cut")' "$work/events" | wc -l)" 3
check 'acme has no connection left' test -z "$(in_netns acme ss -tnH state established)"

# What is allowed again goes on.
allow out "$PEER" udp 7001
echoes 'allowed again: UDP out' acme "sendto ask $PEER 7001 @; recv ask"
finish
