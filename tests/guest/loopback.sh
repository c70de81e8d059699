#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: loopback is free in a network that is the tenant's alone, and nowhere else
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

# A server of the tenant's own in netns acme, by loopback and on the wire; no rule.
net_up
guard_up
make_tenant acme
make_tenant globex
must mkdir -p "$PEN/globex"
witness inside "$WALLED" acme udp:8001 tcp:8001
session acme "$WALLED" acme
session globex "$PEN/globex" acme

tcp="socket s tcp4; connect s 127.0.0.1 8001; send s hello; recv s"
udp="socket s udp4; sendto s 127.0.0.1 8001 hello; recv s"
tcp6="socket s tcp6; connect s ::1 8001; send s hello; recv s"
udp6="socket s udp6; sendto s ::1 8001 hello; recv s"

refused 'nobody has claimed it: TCP' 'not permitted' try acme "$tcp"
refused 'nobody has claimed it: UDP' 'not permitted' try acme "$udp"
# A socket of globex' that was there before, with rules on both sides.
must cloison net allow globex out 127.0.0.1 udp 8001
allow in 127.0.0.1 udp 8001
old="sendto old 127.0.0.1 8001 hello; recv old"
check 'control: on a shared one rules let tenants meet' try globex "socket old udp4; $old"
refused "the host's own network is nobody's" "host's own network" cloison net claim acme /proc/1/ns/net
refused 'a file is not a network' 'not a network namespace' cloison net claim acme /etc/passwd
check 'acme gets its network' cloison net claim acme acme
check 'twice is once' cloison net claim acme /run/netns/acme
same 'it is listed' "$(cloison net networks --json | jq -c '.[] | [.tenant, .network]')" '["acme","/run/netns/acme"]'
refused "which cannot become globex'" 'is the network of tenant acme' cloison net claim globex acme

check 'TCP' try acme "$tcp"
check 'UDP' try acme "$udp"
check 'TCP over IPv6' try acme "$tcp6"
check 'UDP over IPv6' try acme "$udp6"
check 'UDP, connected' try acme "socket s udp4; connect s 127.0.0.1 8001; send s hello; recv s"
check 'it is counted apart' test "$(count home)" -gt 8
check "a task of no tenant's may too: the host let it in" try open "$tcp"
stays 'not the wire' 'not permitted' acme "socket s udp4; sendto s $PEER 7001 @"
stays 'nor the loopback address over the wire' - acme \
	"socket s udp4; bind s 127.0.0.1 0; sendto s $PEER 7001 @"
refused 'nor its own address on the wire' 'not permitted' try acme \
	"socket s tcp4; connect s $ACME 8001; send s hello; recv s"

refused 'another tenant has no socket there: TCP' 'not permitted' try globex 'socket s tcp4'
refused 'another tenant has no socket there: UDP' 'not permitted' try globex 'socket s udp6'
refused 'one from before is shut out, whatever the rules' 'not permitted' try globex "$old"
must cloison net mode globex observe
refused 'so it is in a pilot' 'not permitted' try globex "$old"
refused 'which makes none there either' 'not permitted' try globex 'socket s udp4'
must cloison net mode globex enforce

# From elsewhere it is acme's packets that are judged, not where acme is at home.
must try acme 'netns /run/netns/outside'
refused 'in a network of others it is not free' 'not permitted' try acme \
	"socket s udp4; sendto s 127.0.0.1 7001 hello; recv s"
must try acme 'netns /run/netns/acme'

# A connection that stands when policies change, and when the network is released.
must try acme "socket c tcp4; connect c 127.0.0.1 8001; send c one; recv c"
allow out 10.9.0.99 tcp 1
check 'a connection lives through a new policy' try acme 'send c two; recv c'
check 'it is released' cloison net release acme acme
refused 'a connection that stood is judged again' '.' try acme 'patience 1500; send c three; recv c'
refused 'and so are new ones' 'not permitted' try acme "$udp"
refused 'it is claimed no more' 'is not claimed' cloison net release acme acme

# What is claimed ends with its tenant.
must cloison net claim globex acme
refused 'acme has no socket there now' 'not permitted' try acme 'socket t tcp4'
must cloison tenant remove globex --force
check 'nobody is left who claims it' test "$(cloison net networks --json)" = '[]'
check 'and it is any network again' try acme 'socket t tcp4'
finish
