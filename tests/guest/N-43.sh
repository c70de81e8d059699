#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: dnat, redirect and masquerade in the tenant's own network; a resolver at 127.0.0.11
# timeout: 400
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

VIP=10.9.0.50 VIP2=10.9.0.51 VIP6=fd00:9::50 LATE=10.9.0.52

net_up
guard_up
make_tenant acme --address "$ACME,$ACME6"
session acme "$WALLED" acme
witness server "$WALLED" acme tcp:8000 udp:5353
witness resolver "$OPEN" acme udp:40053@::ffff:127.0.0.11
must in_netns acme sysctl -q -w net.ipv4.conf.all.route_localnet=1
cat >"$work/nat" <<RULES
table ip nat {
	chain output {
		type nat hook output priority -100
		ip daddr $VIP tcp dport 80 dnat to $PEER:7001
		ip daddr $VIP udp dport 53 dnat to $PEER:7001
		ip daddr $LATE udp dport 53 dnat to $PEER:7005
		ip daddr $VIP2 udp dport 53 dnat to $PEER:7002
		ip daddr 127.0.0.11 udp dport 53 dnat to 127.0.0.11:40053
	}
	chain prerouting {
		type nat hook prerouting priority -100
		iifname wire tcp dport 80 redirect to :8000
		iifname wire udp dport 53 redirect to :5353
	}
	chain postrouting {
		type nat hook postrouting priority 100
		oifname wire udp dport 7002 masquerade to :50000-50010
		oifname wire tcp dport 7002 masquerade to :50000-50010
	}
}
table ip6 nat {
	chain output {
		type nat hook output priority -100
		ip6 daddr $VIP6 tcp dport 80 dnat to [$PEER6]:7001
		ip6 daddr $VIP6 udp dport 53 dnat to [$PEER6]:7001
	}
}
RULES
must in_netns acme nft -f "$work/nat"

named() { allow "$@" name "n$((++names))"; }
names=0
forget() { local n; for ((n = 1; n <= names; n++)); do must cloison net remove acme "n$n"; done; names=0; }

tcp="patience 2000; socket t tcp4; connect t $VIP 80; send t hello; recv t"
udp="patience 2000; socket u udp4; sendto u $VIP 53 hello; recv u"
connected="patience 2000; socket c udp4; connect c $VIP 53; send c hello; recv c"
tcp6="patience 2000; socket t tcp6; connect t $VIP6 80; send t hello; recv t"
udp6="patience 2000; socket u udp6; sendto u $VIP6 53 hello; recv u"
dns="patience 2000; socket d udp4; sendto d 127.0.0.11 53 hello; recv d"

# works WHAT CALLS [SESSION]: the answer comes back
works() { same "$1" "$(try "${3:-acme}" "$2")" hello; }

nat_counted() { [ "$(count nat)" -gt "$1" ]; }

# ---- dnat of what goes out ------------------------------------------------------------

works 'control, no wall: dnat of TCP' "$tcp" open
works 'control, no wall: of UDP' "$udp" open
works 'control, no wall: of UDP, connected' "$connected" open
works 'control, no wall: of TCP over IPv6' "$tcp6" open
works 'control, no wall: of UDP over IPv6' "$udp6" open
works 'control, no wall: of the resolver' "$dns" open
refused 'without a rule: TCP' 'not permitted' try acme "$tcp"
refused 'without a rule: UDP' 'not permitted' try acme "$udp"

named out $VIP tcp 80
named out $VIP udp 53
refused 'allowed as named, not as it is on the wire: TCP' 'not permitted|timed out' try acme "$tcp"
nat=$(count nat)
refused 'likewise UDP' 'not permitted|timed out' try acme "$udp"
refused 'likewise UDP, connected' 'not permitted|timed out' try acme "$connected"
check 'counted as such' [ "$(count nat)" -gt "$nat" ]
named out "$PEER" tcp 7001
named out "$PEER" udp 7001
works 'allowed as both: TCP' "$tcp"
works 'allowed as both: UDP' "$udp"
works 'allowed as both: UDP, connected' "$connected"
works 'it goes on: TCP' "send t hello; recv t"
works 'it goes on: UDP' "sendto u $VIP 53 hello; recv u"
works 'it goes on: UDP, connected' "send c hello; recv c"
works 'beside it the peer itself: UDP' "sendto u $PEER 7001 hello; recv u"
works 'and the named one again' "sendto u $VIP 53 hello; recv u"

# Several at a time, by one socket.
named out $VIP2 udp 53
named out "$PEER" udp 7002
works 'one socket asks two' "patience 5000; socket w udp4; sendto w $VIP 53 hello; sendto w $VIP2 53 hello; recv w"
works 'and both answer' 'recv w'
# An answer on its way, under a policy that no longer allows what it is on the wire.
asks_late="patience 5000; socket v udp4; bind v 0.0.0.0 6100; sendto v $LATE 53 hello"
named out $LATE udp 53
named out "$PEER" udp 7005
check 'a peer that answers late' try outside "patience 5000; socket l udp4; bind l $PEER 7005"
check 'is asked' try acme "$asks_late"
same 'and hears it' "$(try outside 'recv l')" hello
named out 10.9.0.99 udp 9
check 'another policy: the answer' try outside "sendto l $ACME 6100 late"
same 'comes' "$(try acme 'recv v')" late
check 'it is asked again' try acme "sendto v $LATE 53 again"
same 'and hears that' "$(try outside 'recv l')" again
forget
named out $LATE udp 53
nat=$(count nat)
check 'a policy that no longer allows it as it is on the wire: the answer' \
	try outside "sendto l $ACME 6100 late"
within 'is refused' 60 nat_counted "$nat"
refused 'and never comes' 'timed out' try acme 'recv v'
forget

# IPv6.
named out $VIP6 tcp 80
named out $VIP6 udp 53
refused 'IPv6, allowed as named only: TCP' 'not permitted|timed out' try acme "$tcp6"
refused 'likewise UDP' 'not permitted|timed out' try acme "$udp6"
named out "$PEER6" tcp 7001
named out "$PEER6" udp 7001
works 'allowed as both: TCP' "$tcp6"
works 'allowed as both: UDP' "$udp6"
forget

named out $VIP tcp 80
named out $VIP udp 53
named out "$PEER" tcp 7001
named out "$PEER" udp 7001
works 'again: TCP' "$tcp"
works 'again: UDP' "$udp"
works 'again: UDP, connected' "$connected"
# Under a policy that no longer allows what was named.
forget
named out "$PEER" tcp 7001
named out "$PEER" udp 7001
refused 'no longer as named: TCP ends' '.' try acme "patience 1000; send t more; recv t"
refused 'UDP ends' 'not permitted|timed out' try acme "patience 1000; sendto u $VIP 53 more; recv u"
nat=$(count nat)
refused 'UDP, connected, ends' 'not permitted|timed out' try acme "send c more; recv c"
check 'counted as such' [ "$(count nat)" -gt "$nat" ]
forget

# ---- redirect of what comes in -----------------------------------------------------------

calls="socket t tcp4; connect t $ACME 80; send t hello; recv t"
asks="socket u udp4; sendto u $ACME 53 hello; recv u"
named in "$PEER" tcp 8000
named in "$PEER" udp 5353
nat=$(count nat)
refused 'redirect, allowed only where it ends: TCP' 'timed out' try outside "patience 500; $calls"
refused 'likewise UDP' 'timed out' try outside "patience 500; $asks"
check 'counted as such' [ "$(count nat)" -ge $((nat + 2)) ]
named in "$PEER" tcp 80
named in "$PEER" udp 53
same 'allowed as both: TCP' "$(try outside "patience 5000; $calls")" hello
same 'it goes on' "$(try outside 'send t again; recv t')" again
same 'allowed as both: UDP' "$(try outside "patience 5000; $asks")" hello
forget

# ---- masquerade -----------------------------------------------------------------------------

refused 'masquerade without a rule' 'not permitted' try acme "socket m udp4; sendto m $PEER 7002 hello"
named out "$PEER" udp 7002
named out "$PEER" tcp 7002
works 'masquerade: UDP' "patience 5000; socket m udp4; sendto m $PEER 7002 hello; recv m"
works 'masquerade: UDP, connected' "socket m udp4; connect m $PEER 7002; send m hello; recv m"
works 'masquerade: TCP' "socket n tcp4; connect n $PEER 7002; send n hello; recv n"
works 'it goes on' "send n hello; recv n"
check 'it came by another port' wrote outside 'udp 7002 from .* 500[01][0-9]'
forget

# ---- a resolver on loopback, as Docker has it -------------------------------------------------

refused 'the resolver without a rule' 'not permitted' try acme "$dns"
named out 127.0.0.11 udp 53
named out 127.0.0.11 udp 40053
works 'by rules, as named and as it is' "$dns"
forget
refused 'not without them' 'not permitted' try acme "$dns"
check 'the network is made the tenant'"'"'s alone' cloison net claim acme acme
works 'where loopback is free' "$dns"
finish
