#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: AF_PACKET with PACKET_QDISC_BYPASS, made now and made before
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
bytes=$(net-craft "eth $ACME_MAC $PEER_MAC" "ip4 $ACME $PEER" 'udp 1000 7001' 'data word-bypass')
leaks 'control, no wall: around the queue' open \
	"socket p packet; set p bypass; device p wire; hex p $bytes" word-bypass
guard_up
make_tenant acme
session acme "$WALLED" acme
stays 'no packet socket that could' 'not supported' acme \
	"socket p packet; set p bypass; device p wire; hex p $bytes"
# It moves with the socket that it has, which is closed then.
session before "$OPEN" acme
must try before "socket p packet; set p bypass; device p wire; cgroup $WALLED"
stays 'not by one made before' 'Bad file descriptor' before "hex p $bytes"
finish
