#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a reverse flow planted by a spoofed frame; a source that is not the tenant's
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-host.sh

host_up
allow out "$PEER" udp 7001
allow out "$PEER" tcp 7001
allow out "$PEER" udp 7006
allow in "$PEER" udp 6000
witness tenant "$OPEN" acme udp:6000 udp:6001

frame 'UDP from a neighbour'"'"'s address' spoof1 "eth $ACME_MAC $PEER_MAC" "ip4 10.9.0.77 $PEER" 'udp 1000 7001'
frame 'TCP SYN from it' spoof2 "eth $ACME_MAC $PEER_MAC" "ip4 10.9.0.77 $PEER" 'tcp 1000 7001 2'
frame 'IPv6 from a neighbour'"'"'s address' spoof3 "eth $ACME_MAC $PEER_MAC" "ip6 fd00:9::77 $PEER6" 'udp 1000 7001'
frame 'from the loopback' spoof4 "eth $ACME_MAC $PEER_MAC" "ip4 127.0.0.1 $PEER" 'udp 1000 7001'
frame 'from the peer'"'"'s own address' spoof5 "eth $ACME_MAC $PEER_MAC" "ip4 $PEER $PEER" 'udp 1000 7001'
frames leaks
# It would be what the victim asked for, and its answers would come in as such.
plant="hex frames $(net-craft "eth $ACME_MAC $PEER_MAC" "ip4 10.9.0.77 $PEER" 'udp 6001 7001' 'data word-plant')"
enters 'control, not attached: UDP to a port of acme'"'"'s' \
	"socket s udp4; sendto s $ACME 6001 open; recv s; close s"
host_attach
own=$(count not_own)
frames stays
check 'each is counted as not its own' [ "$(($(count not_own) - own))" -ge 5 ]

must try open "$plant"
settle
refused 'a planted flow lets no answer in' 'timed out' \
	try outside "patience 500; socket v udp4; bind v $PEER 7003; sendto v $ACME 6001 x; recv v; close v"

# What may begin may be answered, from the address it was sent to and no other.
leaks 'a flow from its own address' open "socket f udp4; bind f 0.0.0.0 6002; sendto f $PEER 7001 @"
same 'its answer comes back' "$(try open 'recv f' | cut -c1-5)" word-
check 'a socket of another peer' try outside "socket g udp4; bind g $OTHER 7005; sendto g $ACME 6002 forged"
refused 'which is not taken for an answer' 'timed out' try open 'patience 500; recv f'
enters 'what may come in is answered' "socket i udp4; sendto i $ACME 6000 open; recv i; close i"

# A connection: both ways, and its end.
check 'TCP is connected' try open "socket c tcp4; connect c $PEER 7001"
same 'and echoes' "$(try open 'send c hello; recv c')" hello

# A device's number does not pass its flows on.
check 'a peer' try outside "socket h udp4; bind h $PEER 7006"
check 'who is asked' try open "sendto f $PEER 7006 asked"
same 'and answers' "$(try outside "recv h; sendto h $ACME 6002 answer" >/dev/null && try open 'recv f')" answer
check 'detached' in_host cloison net detach acme acme0
check 'attached again' in_host cloison net attach acme acme0
refused 'twice' 'already' in_host cloison net attach acme acme0
same 'it is listed' "$(cloison net devices acme --json | jq -r '.[] | .device + " " + .state')" 'acme0 in force'
check 'the peer answers again' try outside "sendto h $ACME 6002 late"
refused 'to a flow of another attachment, so it does not come' 'timed out' try open 'patience 500; recv f'
finish
