#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: what a translator makes IPv4 of is judged as that address
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-command.sh

net_up
guard_up
make_tenant acme
session acme "$WALLED" acme

# The outside has these addresses itself: what comes there has passed.
WELL=64:ff9b::a09:2 LOCAL=2001:db8:64::a09:2
for address in "$WELL" "$LOCAL"; do
	must ip -n outside addr add "$address/128" dev wire nodad
	must ip -n acme neigh replace "$address" lladdr "$PEER_MAC" dev wire nud permanent
	must ip -n acme route add "$address/128" dev wire
done

out() { echo "socket s udp6; sendto s $1 7001 @; close s"; }
verdict() { cloison net explain acme '->' "$1" "${@:2}" --json | jq -r .verdict; }

stays 'control: no rule, nothing passes' 'not permitted' acme "$(out "$WELL")"
allow out ::/0 udp 7001
stays 'a rule for all of IPv6 is not for IPv4' 'not permitted' acme "$(out "$WELL")"
leaks 'control: but for IPv6' acme "$(out "$PEER6")"
leaks 'control: an address that is not translated' acme "$(out "$LOCAL")"
allow out "$PEER" udp 7001
leaks 'a rule for the address in it' acme "$(out "$WELL")"
same 'explain knows' "$(verdict "[$WELL]:7001/udp")" allow
same 'and the maps' "$(verdict "[$WELL]:7001/udp" --live)" allow
same 'not another port' "$(verdict "[$WELL]:7002/udp" --live)" deny
deny out 64:ff9b::/96 udp
stays 'a denial of the address that it has now' 'not permitted' acme "$(out "$WELL")"
same 'explain knows' "$(verdict "[$WELL]:7001/udp")" deny
forbid 3
deny out 10.0.0.0/8
stays 'a denial of the address in it' 'not permitted' acme "$(out "$WELL")"
same 'and the maps' "$(verdict "[$WELL]:7001/udp" --live)" deny
leaks 'control: other addresses go on' acme "$(out "$LOCAL")"
forbid 3

allow out any icmp6 echo-request
leaks 'control: echo of ICMPv6' acme "socket p ping6; echo p $PEER6 @; close p"
stays 'echo that becomes one of ICMP has no rule' - acme "socket p ping6; echo p $WELL @; close p"
allow out "$PEER" icmp echo-request
leaks 'a rule for ICMP' acme "socket p ping6; echo p $WELL @; close p"
forbid 4
forbid 3
deny out 10.0.0.0/8
check 'a translator of this network' cloison net nat64 2001:db8:64::/96
stays 'then its addresses are judged so too' 'not permitted' acme "$(out "$LOCAL")"
same 'by explain' "$(verdict "[$LOCAL]:7001/udp")" deny
same 'they are listed' "$(cloison net nat64)" $'64:ff9b::/96\n2001:db8:64::/96'
forbid 3
leaks 'control: without the denial they pass' acme "$(out "$LOCAL")"
check 'no more' cloison net nat64 none
forbid 2
leaks 'then it is IPv6 again' acme "$(out "$LOCAL")"
stays 'and the well-known one is not' 'not permitted' acme "$(out "$WELL")"

exits 2 'a prefix of another length' 'give ADDRESS/96 of IPv6' cloison net nat64 2001:db8:64::/64
exits 2 'one of IPv4' 'give ADDRESS/96 of IPv6' cloison net nat64 10.0.0.0/8
finish
