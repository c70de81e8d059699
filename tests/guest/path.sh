#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: through the host's end: path MTU discovery, errors about flows and no others, large datagrams
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-host.sh

# Behind the bridge a router, whose next link takes 1400 bytes; the far host does not
# know that, so that only the router's errors tell.
FAR='10.10.0.2' FAR_TOO='10.10.0.3' FAR6='fd00:10::2' FAR6_TOO='fd00:10::3'

host_up
allow out 10.10.0.0/24 tcp 9000
allow out fd00:10::/64 tcp 9000
allow out "$PEER" udp 7001
allow out "$PEER6" udp 7001
allow in "$PEER" udp 6005
for netns in router far; do must ip netns add $netns; done
must ip link add near address 02:00:00:00:00:fe netns router type veth peer name router0 netns host
must ip -n host link set router0 master bridge
must ip -n host link set router0 up
must ip link add next netns router mtu 1400 type veth peer name wire netns far mtu 1500
for netns in router far; do must in_netns $netns sysctl -q -w net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0; done
must in_netns router sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
addresses() {
	local netns=$1 device=$2 address
	shift 2
	for address; do
		case $address in
		*:*) must ip -n "$netns" addr add "$address" dev "$device" nodad ;;
		*) must ip -n "$netns" addr add "$address" dev "$device" ;;
		esac
	done
	must ip -n "$netns" link set "$device" up
}
addresses router near 10.9.0.254/24 fd00:9::fe/64
addresses router next 10.10.0.254/24 fd00:10::fe/64
addresses far wire $FAR/24 $FAR_TOO/24 $FAR6/64 $FAR6_TOO/64
must ip -n far route add default via 10.10.0.254
must ip -n far route add default via fd00:10::fe
must ip -n acme route add 10.10.0.0/24 via 10.9.0.254
must ip -n acme route add fd00:10::/64 via fd00:9::fe
must ip -n acme neigh replace 10.9.0.254 lladdr 02:00:00:00:00:fe dev wire nud permanent
must ip -n acme neigh replace fd00:9::fe lladdr 02:00:00:00:00:fe dev wire nud permanent
must ip -n router neigh replace "$ACME" lladdr "$ACME_MAC" dev near nud permanent
must ip -n router neigh replace "$ACME6" lladdr "$ACME_MAC" dev near nud permanent
wait_for_wires router near host router0 router next far wire

go_to "$CGROUPS" far python3 -u -c "
import socket, threading
def serve(connection):
    count = 0
    while count < 100000:
        data = connection.recv(65536)
        if not data:
            return
        count += len(data)
    connection.send(b'all')
listener = socket.create_server(('::', 9000), family=socket.AF_INET6, dualstack_ipv6=True)
print('listening')
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
" >"$work/far" 2>&1 &
within 'the far host listens' 30 grep -q listening "$work/far"

# bulk CGROUP ADDRESS: 100,000 bytes by TCP, whose segments are as large as its wire takes
bulk() {
	place "$1" acme python3 -c "
import socket
connection = socket.create_connection(('$2', 9000), 30)
connection.sendall(bytes(100000))
connection.settimeout(60)
assert connection.recv(16) == b'all'
"
}
learned() { ip -n acme route get "$1" | grep -q 'mtu 1400'; }

check 'control, not attached: much goes to the far host' bulk "$OPEN" $FAR
check 'control, not attached: by the path that was discovered' learned $FAR
check 'control, not attached: IPv6' bulk "$OPEN" $FAR6
check 'control, not attached: by a discovered path too' learned $FAR6
host_attach
check 'attached: a socket of no tenant' bulk "$OPEN" $FAR_TOO
check 'learns the path' learned $FAR_TOO
check 'attached: IPv6' bulk "$OPEN" $FAR6_TOO
check 'learns its path' learned $FAR6_TOO
must ip -n acme route flush cache
must ip -n acme -6 route flush cache
check 'a socket of the tenant' bulk "$WALLED" $FAR_TOO
check 'learns it too' learned $FAR_TOO
check 'that is counted' [ "$(count errors)" -ge 3 ]

# Errors that quote what the tenant did not send change nothing.
errors=$(count errors) denied=$(count denied_default)
to="eth $PEER_MAC $ACME_MAC"
must try outside 'socket e packet; device e wire'
must try outside "hex e $(net-craft "$to" "ip4 $PEER $ACME" 'icmp 3' "ip4 $ACME $OTHER" 'udp 1000 7002' 'data quoted')"
must try outside "hex e $(net-craft "$to" "ip4 $PEER $ACME" 'icmp 3' "ip4 10.9.0.77 $FAR" 'tcp 1000 9000 16' 'data quoted')"
must try outside "hex e $(net-craft "$to" "ip4 $PEER $ACME" 'icmp 5' "ip4 $ACME $FAR" 'tcp 1000 9000 16' 'data quoted')"
more_denied() { [ "$(count denied_default)" -ge $((denied + 3)) ]; }
within 'errors about no flow are refused' 20 more_denied
same 'and do not pass as errors' "$(count errors)" "$errors"
must try outside "hex e $(net-craft "$to" "ip4 $PEER $ACME" 'icmp 3' "ip4 $ACME $FAR" 'tcp 1000 9000 16' 'data quoted')"
more_errors() { [ "$(count errors)" -gt "$errors" ]; }
within 'control: one about a connection that a rule allows does' 20 more_errors

# The tenant's own kernel says so where a rule lets in and nobody listens, and else nothing.
refused 'a closed port that a rule names answers' 'Connection refused' \
	try outside "socket u udp4; connect u $ACME 6005; send u x; recv u"
refused 'another does not' 'timed out' \
	try outside "patience 500; socket u udp4; connect u $ACME 6006; send u x; recv u"

# ---- in pieces ----------------------------------------------------------------------------

# large ADDRESS: a datagram of 4,000 bytes to the peer, which sends it back
large() {
	place "$WALLED" acme python3 -c "
import socket
family, _, _, _, address = socket.getaddrinfo('$1', 7001)[0]
s = socket.socket(family, socket.SOCK_DGRAM)
s.settimeout(20)
s.sendto(b'x' * 4000, address)
assert len(s.recv(8000)) == 4000
"
}
check 'a large datagram goes and comes back' large "$PEER"
check 'IPv6 too' large "$PEER6"

# piece WORD FIELD LAYER...: of one packet, to the peer
out="eth $ACME_MAC $PEER_MAC"
piece() {
	local word=word-$1 field=$2
	shift 2
	printf 'hex frames %s' "$(net-craft "$out" "ip4 $ACME $PEER protocol=17 fragment=$field" "$@" "data $word")"
}
must in_host cloison net detach acme acme0
leaks 'control, not attached: a later piece of nothing' open "$(piece late1 0x0010)" word-late1
host_attach
stays 'a later piece before the first' - open "$(piece late2 0x0010)"
# 8 bytes of header and 48 of data: 56, so that the next piece begins at 7 times 8.
leaks 'the first piece' open "$(piece "first$(printf %037d 0)" 0x2000 'udp 1000 7001 200')" word-first0
leaks 'the next one' open "$(piece next 0x0007)" word-next
stays 'one that lies over the first' - open "$(piece over 0x0006)"
stays 'one that lies over the header' - open "$(piece head 0x0001)"
check 'they are counted' [ "$(count fragment)" -ge 3 ]
stays 'the first piece of what no rule allows' - open "$(piece bad 0x2000 'udp 1000 7002 200')"
finish
