#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: sniffing by AF_PACKET, by its ring, and AF_XDP
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

overhears="sniff p wire; recv p"
net_up
must try open 'socket p packet; ring p; sniff p wire'
leaks 'something comes by' outside "socket s udp4; sendto s $ACME 9 @" word
check 'control, no wall: a packet socket hears others' try open 'socket q packet; sniff q wire; ring q'
check 'control, no wall: AF_XDP' try open 'socket x xdp'
guard_up
make_tenant acme
session acme "$WALLED" acme
refused 'no packet socket' 'not supported' try acme "socket p packet; $overhears"
refused 'no AF_XDP socket' 'not supported' try acme 'socket x xdp'
must try open "cgroup $WALLED"
refused 'one made before is not read' 'Bad file descriptor' try open 'recv p'
refused 'nor is its ring mapped once more' 'Bad file descriptor' try open 'ring p'
finish
