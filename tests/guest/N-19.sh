#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: inbound TCP and UDP, to a port of autobind, to a socket from before the wall
# fresh
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
must mkdir "$WALLED"

udp4() { echo "socket s udp4; sendto s $ACME $1 hello; recv s; close s"; }
udp6() { echo "socket s udp6; sendto s $ACME6 $1 hello; recv s; close s"; }
tcp4() { echo "socket s tcp4; connect s $ACME $1; send s hello; recv s; close s"; }
tcp6() { echo "socket s tcp6; connect s $ACME6 $1; send s hello; recv s; close s"; }

# each enters|shut WHAT PORT
each() {
	"$1" "$2: UDP, IPv4" "$(udp4 "$3")"
	"$1" "$2: UDP, IPv6" "$(udp6 "$3")"
	"$1" "$2: TCP, IPv4" "$(tcp4 "$3")"
	"$1" "$2: TCP, IPv6" "$(tcp6 "$3")"
}

# Two listeners of a task without a wall; one that is in the tenant's cgroup
# before the wall is; one, later, that is born behind it.
witness open "$OPEN" acme udp:6000 tcp:6000
witness before "$WALLED" acme udp:6001 tcp:6001
each enters 'control, no wall' 6001
session before "$WALLED" acme
must try before "socket auto tcp4; listen auto; socket uauto udp4; sendto uauto $PEER 7001 x; recv uauto"
tcp_port=$(try before 'port auto') udp_port=$(try before 'port uauto')
enters 'control, no wall: TCP to a port of autobind' \
	"socket s tcp4; connect s $ACME $tcp_port; close s"
enters 'control, no wall: UDP to a port of autobind' "socket s udp4; sendto s $ACME $udp_port hello"
same 'control, no wall: it came' "$(try before 'recv uauto')" hello

guard_up
make_tenant acme --adopt
witness born "$WALLED" acme udp:6002 tcp:6002
each shut 'a listener from before the wall' 6001
each shut 'a listener behind the wall' 6002
each enters 'control, beside the wall' 6000
shut 'TCP to a port of autobind' "socket s tcp4; connect s $ACME $tcp_port"
shut 'UDP to a port of autobind' "socket s udp4; sendto s $ACME $udp_port hello; recv s"
refused 'UDP to a port of autobind did not come' 'timed out' try before 'patience 500; recv uauto'
check 'the listeners have seen nothing' never_wrote born 'hello|from'

# What a rule lets in comes in with its answer, and nothing beside it does.
allow in "$PEER" tcp 6002
allow in "$PEER6" udp 6002
enters 'allowed: TCP, IPv4' "$(tcp4 6002)"
enters 'allowed: UDP, IPv6' "$(udp6 6002)"
shut 'the other protocol, IPv4' "$(udp4 6002)"
shut 'the other protocol, IPv6' "$(tcp6 6002)"
shut 'another port' "$(tcp4 6001)"
shut 'another source' \
	"socket s tcp4; bind s $OTHER 0; connect s $ACME 6002; send s hello; recv s; close s"
stays 'a connection the other way' 'not permitted' before \
	"socket s tcp4; connect s $PEER 7001; send s @"

# The hooks follow the socket: a listener that a task brought along would keep the way
# in that it had. It is closed when the task comes.
session moved "$OPEN" acme
must try moved 'socket listener tcp4; bind listener 0.0.0.0 6003; listen listener'
check 'control: it listens' try outside "socket s tcp4; connect s $ACME 6003; close s"
must try moved "cgroup $WALLED"
refused 'a listener brought along is no more' 'refused|timed out' try outside \
	"patience 1000; socket s tcp4; connect s $ACME 6003; close s"
finish
