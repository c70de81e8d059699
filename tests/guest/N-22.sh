#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a verdict for one peer, used for another by the same socket
# fresh
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
must mkdir "$WALLED"
session acme "$WALLED" acme
must try acme 'socket old udp4; bind old 0.0.0.0 6100; socket raw raw4 17; socket header header4'
leaks 'control, no wall: one peer' acme "sendto old $PEER 7001 @"
leaks 'control, no wall: another by the same socket' acme "sendto old $OTHER 7001 @"
leaks 'control, no wall: a raw socket' acme "hexto raw $PEER 0 $(net-craft 'udp 1000 7001' 'data raw')" 'raw$'
guard_up
make_tenant acme --adopt
witness tenant "$WALLED" acme udp:6001
allow out "$PEER" udp 7001
allow out "$PEER6" udp 7001

# Each time right after the peer that is allowed, so that its verdict is fresh.
after_allowed() {
	leaks "control, allowed: before $1" acme "sendto old $PEER 7001 @"
	stays "$1" 'not permitted' acme "$2"
}
after_allowed 'another address' "sendto old $OTHER 7001 @"
after_allowed 'another port' "sendto old $PEER 7002 @"
after_allowed 'another address, connected' "connect old $OTHER 7001; send old @"
after_allowed 'a group' "sendto old 239.1.2.3 7001 @"
after_allowed 'the same end points by a raw socket' \
	"hexto raw $PEER 0 $(net-craft 'udp 6100 7001' 'data raw')"
after_allowed 'the same end points in a header of its own' \
	"hexto header $PEER 0 $(net-craft "ip4 $ACME $PEER" 'udp 6100 7001' 'data raw')"
must try acme 'socket six udp6; bind six :: 6101'
leaks 'control, allowed: IPv6' acme "sendto six $PEER6 7001 @"
stays 'another IPv6 address by the same socket' 'not permitted' acme "sendto six $OTHER6 7001 @"

# What comes in: the answer of the peer that was asked, of nobody else.
answer() { try outside "patience 300; socket r udp4; bind r $1 $2; sendto r $ACME $3 $4; close r"; }
leaks 'control, allowed: a question' acme "sendto old $PEER 7001 @"
same 'control, allowed: its answer' "$(try acme 'recv old' | cut -c1-5)" 'word-'
while try acme 'patience 500; recv old' >/dev/null; do :; done
must answer "$OTHER" 7777 6100 intruder
must answer "$PEER" 7777 6100 intruder
settle
refused 'another address or port does not answer in its place' 'timed out' try acme 'patience 500; recv old'

# Another socket at the same port does not take over what the first may.
must try acme "close old; socket next udp4; bind next 0.0.0.0 6100"
must try outside "socket p packet; device p wire"
must try outside "hex p $(net-craft "eth $PEER_MAC $ACME_MAC" "ip4 $PEER $ACME" 'udp 7001 6100' 'data late')"
refused 'an answer to a socket that is closed does not reach the next one' 'timed out' \
	try acme 'patience 500; recv next'
finish
