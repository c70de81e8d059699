#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: what was another tenant's: a connection, an address, a network
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

MAP_CREATE=0
show() { cloison guard show --json | jq -r "$1"; }

net_up
guard_up

# ---- a connection of an earlier tenant, at a cgroup below -----------------------------

make_tenant first --cgroup "$PEN/x"
must mkdir -p "$PEN/x/y"
must cloison net allow first out "$PEER" tcp 7001
must cloison net allow first out "$PEER" udp 7001
session task "$PEN/x/y" acme
check 'a connection' try task "socket s tcp4; connect s $PEER 7001"
leaks 'control: goes on' task "send s @"
leaks 'control: and a datagram' task "socket u udp4; sendto u $PEER 7001 @"
must cloison tenant remove first --force
stays 'nobody'"'"'s: nothing more of it' - task "send s @"
# As many policies as the first one had, so that they were numbered alike before.
make_tenant second --cgroup "$PEN/x/y" --adopt
for _ in 1 2; do
	must cloison net mode second enforce
	stays 'another tenant'"'"'s: nothing more of the connection' - task "send s @"
	stays 'nor of the datagrams' 'not permitted' task "sendto u $PEER 7001 @"
done
generations=$(show '.tenants[].generation')
make_tenant third --cgroup "$PEN/third"
check 'no two policies have one generation' [ "$(show '.tenants[].generation' | sort -u | wc -l)" = 2 ]
must cloison tenant remove third
make_tenant third --cgroup "$PEN/third"
check 'nor has a later one that of an earlier' \
	[ "$(show '[.tenants[] | select(.tenant == "third") | .generation][0]')" -gt "$generations" ]
must cloison net allow second out "$PEER" tcp 7001
check 'control: allowed to the new tenant, it connects anew' try task "socket v tcp4; connect v $PEER 7001"
leaks 'control: and is heard' task "send v @"
must cloison tenant remove second --force
must cloison tenant remove third

# ---- an address, the command killed --------------------------------------------------------

# What is meant by tenant:seller is compiled into the buyer's rules.
make_tenant seller --address "$OTHER"
make_tenant buyer
make_tenant heir
session buyer "$PEN/buyer" acme
must cloison net allow buyer out tenant:seller udp 7001
leaks 'control: the name stands for the address' buyer "socket s udp4; sendto s $OTHER 7001 @"
for n in {1..40}; do
	status=0
	bpf-nth kill $MAP_CREATE "$n" cloison net address seller 192.0.2.7 >"$work/output" 2>&1 || status=$?
	[ "$status" != 99 ] || break
	# Whatever it came to: if the address is free it becomes another's.
	if cloison net address heir "$OTHER" >"$work/taken" 2>&1; then
		stays "killed at map $n: it is no more meant by the name" 'not permitted' buyer "sendto s $OTHER 7001 @"
		moved=1
	else
		check "killed at map $n: or it still is the seller's" grep -q "seller's address" "$work/taken"
	fi
	must cloison net address heir none
	must cloison net address seller "$OTHER"
	leaks "after map $n: given back, it is meant again" buyer "sendto s $OTHER 7001 @"
done
check 'it was killed at every map' [ "$status" = 99 ]
same 'and once at least between the two policies' "${moved-0}" 1

# ---- a network that went to another ---------------------------------------------------------

must cloison net address heir none
must cloison net claim seller acme
session seller "$PEN/seller" acme
must try seller 'socket l udp4; bind l 127.0.0.1 8001'
check 'control: its own network'"'"'s loopback is free' try seller 'socket s udp4; sendto s 127.0.0.1 8001 word; recv l'
must cloison net release seller acme
must cloison net claim heir acme
refused 'it is another tenant'"'"'s: a socket of before is shut out' 'not permitted' \
	try seller 'sendto s 127.0.0.1 8001 word'
refused 'and there is no new one' 'not permitted' try seller 'socket t udp4'
finish
