#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: AF_PACKET: raw, datagram and tagged frames below the sockets
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

# frame WORD LAYER...: as hex, to a port where the witness listens.
frame() {
	local word=$1
	shift
	net-craft "$@" "ip4 $ACME $PEER" 'udp 1000 7001' "data word-$word"
}

net_up
plain=$(frame plain "eth $ACME_MAC $PEER_MAC")
datagram=$(frame dgram)
# The four bytes of a tag go between the addresses and the type.
tagged=$(frame tagged "eth $ACME_MAC $PEER_MAC")
tagged=${tagged:0:24}81000007${tagged:24}

leaks 'control, no wall: a raw frame' open "socket p packet; device p wire; hex p $plain" word-plain
leaks 'control, no wall: a tagged frame' open "socket p packet; device p wire; hex p $tagged" word-tagged
leaks 'control, no wall: the same again' open "hex p $plain" word-plain
guard_up
make_tenant acme
session acme "$WALLED" acme
stays 'no raw frame' 'not supported' acme "socket p packet; device p wire; hex p $plain"
stays 'no tagged frame' 'not supported' acme "socket p packet; device p wire; hex p $tagged"
stays 'no frame by SOCK_DGRAM' 'not supported' acme "socket p packet-dgram; device p wire; hex p $datagram"
leaks 'a task of no tenant still can' open "hex p $plain" word-plain
check 'the guard counts it' [ "$(count outside)" -ge 3 ]
finish
