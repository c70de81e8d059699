#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: replies that tell a denied caller what is there
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-host.sh

host_up
session acme "$WALLED" acme
witness open "$OPEN" acme tcp:6000 udp:6000
witness tenant "$WALLED" acme tcp:6001 udp:6001

tcp() { echo "socket s tcp4; connect s $ACME $1; close s"; }
udp() { echo "socket s udp4; connect s $ACME $1; send s hello; recv s; close s"; }

enters 'control, no wall: an open TCP port answers' "$(tcp 6000)"
enters 'control, no wall: an open UDP port answers' "$(udp 6000)"
shut 'TCP to a port where the tenant listens' "$(tcp 6001)"
shut 'UDP to a port where the tenant listens' "$(udp 6001)"
# A segment that belongs to no connection makes an open port answer by RST.
before=${#seen[@]}
must try outside 'socket p packet; device p wire'
must try outside "hex p $(net-craft "eth $PEER_MAC $ACME_MAC" "ip4 $PEER $ACME" 'tcp 1000 6000 16')"
check 'control, no wall: a stray ACK is answered by RST' await '^frame ip4 6 10\.9\.0\.1 6000 to' "$before"
settle
before=${#seen[@]}
must try outside "hex p $(net-craft "eth $PEER_MAC $ACME_MAC" "ip4 $PEER $ACME" 'tcp 1000 6001 16')"
settle
same 'a stray ACK to the tenant'"'"'s port is not' "$(came_since "$before")" ''
before=${#seen[@]}
must try outside "hex p $(net-craft "eth $PEER_MAC $ACME_MAC" "ip4 $PEER $ACME" 'tcp 1000 6001 17')"
settle
same 'nor is a stray FIN' "$(came_since "$before")" ''

# Where nobody listens there is no socket, so no hook of the cgroup is asked, and
# the namespace's own kernel answers; unless the question does not come that far.
refused 'control, not attached: RST of a closed port' 'refused' try outside "$(tcp 6009)"
refused 'control, not attached: ICMP unreachable of a closed port' 'refused' \
	try outside "$(udp 6009)"
host_attach
shut 'TCP to a closed port' "$(tcp 6009)"
shut 'UDP to a closed port' "$(udp 6009)"
allow in "$PEER" tcp 6009
refused 'a port that a rule opens and nobody listens at says so' 'refused' \
	try outside "$(tcp 6009)"
finish
