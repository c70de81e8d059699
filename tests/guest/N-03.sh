#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: MPTCP, and an address that the peer adds to a connection
# fresh
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

# The peer offers its other address; a stack that takes it joins by a SYN there.
joins='frame ip4 6 10\.9\.0\.1 [0-9]+ to 10\.9\.0\.3 7003:'

add_address() { must ip -n outside mptcp endpoint add "$OTHER" id 9 dev wire signal; }

net_up
witness mptcp "$CGROUPS" outside mptcp:7003
must mkdir "$WALLED"
must ip -n acme mptcp limits set subflows 4 add_addr_accepted 4
must ip -n outside mptcp limits set subflows 4 add_addr_accepted 4
session acme "$WALLED" acme

before=${#seen[@]}
leaks 'control, no wall: MPTCP' open "socket s mptcp4; connect s $PEER 7003; send s @; recv s" \
	'10\.9\.0\.1 .* to 10\.9\.0\.2 7003:.*@'
add_address
check 'control, no wall: the address that the peer adds is joined' await "$joins" "$before"
must ip -n outside mptcp endpoint delete id 9
must try open 'close s'
must try acme "socket old mptcp4; socket joined mptcp4; connect joined $PEER 7003"
leaks 'control, no wall: a connection from before' acme 'send joined @; recv joined'

guard_up
make_tenant acme --adopt
attempt 'an MPTCP socket' 'socket: .*not permitted' "socket s mptcp4; connect s $PEER 7003; send s @; close s"
attempt 'an MPTCP socket, IPv6' 'socket: .*not permitted' \
	"socket s mptcp6; connect s $PEER6 7003; send s @; close s"
stays 'an MPTCP socket from before' 'not permitted' acme "connect old $PEER 7003; send old @"
stays 'an MPTCP connection from before' - acme 'send joined @'

# With the peer allowed both ways the connection lives; the address that it adds
# is in no rule.
allow out "$PEER" tcp
allow in "$PEER" tcp
leaks 'control, allowed: TCP' acme "socket s tcp4; connect s $PEER 7001; send s @; close s"
leaks 'control, allowed: the connection from before' acme 'send joined @'
settle
before=${#seen[@]}
denied=$(count denied_default)
join_is_denied() { [ "$(count denied_default)" -gt "$denied" ]; }
add_address
leaks 'control, allowed: it goes on after the address was added' acme 'send joined @'
within 'the kernel would join the added address, and is denied' 60 join_is_denied
settle
same 'the added address is not joined' "$(came_since "$before" | grep -E "$joins")" ''
finish
