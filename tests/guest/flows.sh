#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: N-21 N-22 flows: replies, rules that move, rules that go
# timeout: 240
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
guard_up
make_tenant acme
session acme "$WALLED" acme
witness born "$WALLED" acme udp:6000 tcp:6000
allow out "$PEER" tcp 7001
allow out "$PEER" udp 7001
allow out "$PEER6" tcp 7001
allow in "$PEER" tcp 6000
allow in "$PEER" udp 6000

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

# The socket may be known to the guard for one peer: not for the next.
stays 'N-22 a UDP socket in use, another peer' 'not permitted' acme "sendto ask $OTHER 7001 @"
stays 'N-22 a UDP socket in use, another port' 'not permitted' acme "sendto ask $PEER 7002 @"
refused 'N-22 an answer from another peer does not come' 'timed out' try acme 'recv ask'
port=$(try acme 'port ask')
check 'a UDP socket outside of another peer' try outside "socket forger udp4; bind forger $OTHER 7005"
check 'it sends what looks like a reply' try outside "sendto forger $ACME $port forged"
refused 'N-22 which does not come' 'timed out' try acme 'recv ask'

# All rules leave and come back in another order.
for rule in 5 4 3 2 1; do forbid "$rule"; done
deny out "$OTHER"
allow in "$PEER" udp 6000
allow in "$PEER" tcp 6000
allow out fd00:9::/64 tcp
allow out "$PEER" udp 7001
allow out "$PEER" tcp 7001
all_echo 'N-21 re-ordered rules'
same 'N-21 no flow was ended' "$(count ended)" 0

for rule in 6 5 4 3 2 1; do forbid "$rule"; done
stays 'N-21 rules are gone: TCP out' - acme 'send call @'
stays 'N-21 rules are gone: TCP out, IPv6' - acme 'send call6 @'
stays 'N-21 rules are gone: UDP out' 'not permitted' acme "sendto ask $PEER 7001 @"
refused 'N-21 rules are gone: TCP in' 'timed out' try outside 'send called x; recv called'
refused 'N-21 rules are gone: UDP in' 'timed out' try outside "sendto asked $ACME 6000 x; recv asked"
check 'N-21 they are counted as ended' [ "$(count ended)" -ge 5 ]

# What is allowed again goes on; the kernel's TCP has kept trying.
allow out "$PEER" udp 7001
echoes 'allowed again: UDP out' acme "sendto ask $PEER 7001 @; recv ask"
finish
