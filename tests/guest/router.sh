#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: own prefixes by SLAAC: routers are heard from the host's end only, and no tenant is one
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-host.sh

# advertise NETNS DEVICE PREFIX: a router's words on that device, with a prefix to take
# addresses from. The kernel fills in the checksum.
cat >"$work/advertise.py" <<'PY'
import socket, struct, sys

device, prefix, kind = sys.argv[1], sys.argv[2], int(sys.argv[3])
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex(device))
if kind == 134:
    said = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 0, 0, 0)
    said += struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 3600, 3600, 0) + socket.inet_pton(socket.AF_INET6, prefix)
else:
    said = struct.pack("!BBHI", 133, 0, 0, 0)
s.sendto(said, ("ff02::1" if kind == 134 else "ff02::2", 0, 0, socket.if_nametoindex(device)))
PY
say() { must in_netns "$1" python3 "$work/advertise.py" "$2" "$3" 134; }
ask() { must in_netns "$1" python3 "$work/advertise.py" "$2" :: 133; }

host_up
ACME_LL=fe80::ff:fe00:1
must in_netns acme sysctl -q -w net.ipv6.conf.wire.accept_ra=2 net.ipv6.conf.wire.autoconf=1 \
	net.ipv6.conf.wire.addr_gen_mode=0
must in_host sysctl -q -w net.ipv6.conf.bridge.disable_ipv6=0
# Without the time in which an address is only tried.
must ip -n host addr add fe80::fe/64 dev bridge nodad
must ip -n outside addr add fe80::b/64 dev wire nodad
# shellcheck disable=SC2317 # by within
tried() { ip -n acme -6 addr show dev wire | grep "inet6 $1/" | grep -qv tentative; }
within 'control: the tenant has its address of the link' 60 tried "$ACME_LL"

# has PREFIX: the tenant took an address of it.
# shellcheck disable=SC2317 # by within and check
has() { ip -n acme -6 addr show dev wire | grep -q "inet6 $1"; }
# shellcheck disable=SC2317
lacks() { ! has "$1"; }
# heard WHAT NETNS DEVICE PREFIX; not_heard likewise, after which the host's words prove
# that what was before would have come.
heard() {
	say "$2" "$3" "$4"
	within "$1" 60 has "${4%%::*}:"
}
turn=0
not_heard() {
	turn=$((turn + 1))
	say "$2" "$3" "$4"
	heard "the host is heard behind it: $1" host bridge "fd00:f$turn::"
	check "$1" lacks "${4%%::*}:"
}

heard 'control, not attached: the host is heard' host bridge fd00:a1::
heard 'control, not attached: a peer behind the bridge too' outside wire fd00:a2::
look
before=${#seen[@]}
say acme wire fd00:c::
check 'control, not attached: a tenant is heard as a router' await '^frame ip6 58 [^ ]+ 134 ' "$before"
must cloison net address acme "$ACME,$ACME6,$ACME_LL,fd00:b::/32,fd00:f1::/32,fd00:f2::/32,fd00:f3::/32"
host_attach
heard 'attached: the host is heard' host bridge fd00:b:1::
not_heard 'a peer behind the bridge is not' outside wire fd00:a3::
must cloison net allow acme ingress fe80::/10 icmp6 router-advertisement
heard 'but where a rule names it' outside wire fd00:a4::
must cloison net remove acme 2
not_heard 'and not without' outside wire fd00:a5::

# The address that the tenant took is its own, for it lies in its prefix.
own=$(ip -n acme -6 -j addr show dev wire | jq -r '.[].addr_info[]?.local' | grep '^fd00:b:1:' | head -n 1)
within 'the address that it took may be used' 60 tried "$own"
allow out "$PEER6" udp 7001
leaks 'it sends from the address that it took' open "socket t udp6; bind t $own 1000; sendto t $PEER6 7001 @; close t"
stays 'and from none of another prefix' - open \
	"socket t udp6; bind t $(ip -n acme -6 -j addr show dev wire | jq -r '.[].addr_info[]?.local' | grep '^fd00:a1:' | head -n 1) 1000; sendto t $PEER6 7001 @; close t"

# The tenant asks, and is no router itself, whatever a rule says.
before=${#seen[@]}
ask acme wire
check 'the tenant asks for routers' await 'ip6 58 [^ ]+ 133 ' "$before"
allow out any icmp6 router-advertisement
was=$(count not_own)
say acme wire fd00:c::
same 'a tenant is no router, though a rule would let it' "$(($(count not_own) - was > 0))" 1
settle
same 'nothing of it came over the wire' \
	"$(printf '%s\n' "${seen[@]:before}" | grep -c '^frame ip6 58 [^ ]* 134 ')" 0
finish
