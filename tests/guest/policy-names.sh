#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: groups of tenants, named ports and own prefixes; names follow what they stand for
# timeout: 400
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-command.sh

net_up
guard_up
make_tenant acme
make_tenant globex --address "$OTHER" --group web,backend --port api=udp/7002
session acme "$WALLED" acme

out() { echo "socket s udp4; sendto s $1 $2 @; close s"; }
set_tenant() { must cloison tenant set "$@"; }

# ---- groups and the ports of their members ---------------------------------------

json 'tenant show has groups and ports' "j['groups'] == ['web', 'backend'] and j['ports'] == ['api=udp/7002']" \
	cloison tenant show globex --json
stays 'control: no rule, nothing passes' 'not permitted' acme "$(out "$OTHER" 7002)"
allow out group:web udp api name to-web
leaks 'a port of a member, by name' acme "$(out "$OTHER" 7002)"
stays 'another port of a member' 'not permitted' acme "$(out "$OTHER" 7001)"
stays 'one that is not a member' 'not permitted' acme "$(out "$PEER" 7002)"
make_tenant initech --address "$PEER" --group web --port api=udp/7001
leaks 'who joins is a member, with a port of its own' acme "$(out "$PEER" 7001)"
stays 'at that port only' 'not permitted' acme "$(out "$PEER" 7002)"
set_tenant globex --port api=udp/7001
leaks 'the port of a member moves' acme "$(out "$OTHER" 7001)"
stays 'and is not where it was' 'not permitted' acme "$(out "$OTHER" 7002)"
same 'the rule is as it was given' "$(cloison net list acme --json | jq -c '.[0] | [.peer, .ports]')" '["group:web","api"]'
check 'it is exported so' grep -qx 'Ports=api' <(cloison net export acme)
check 'and read again' bash -c 'cloison net export acme | cloison net set acme --file -'
leaks 'by which nothing has changed' acme "$(out "$OTHER" 7001)"
same 'the maps agree' "$(cloison net explain acme '->' "$OTHER:7001/udp" --live --json | jq -r .verdict)" allow
set_tenant globex --group backend
stays 'who leaves the group is not meant any more' 'not permitted' acme "$(out "$OTHER" 7001)"
must cloison tenant remove initech
stays 'nor is one that is removed' 'not permitted' acme "$(out "$PEER" 7001)"
set_tenant globex --group web,backend
deny out group:backend
stays 'a group that is denied, whatever allows its members' 'not permitted' acme "$(out "$OTHER" 7001)"
forbid 2
leaks 'control: without that it passes' acme "$(out "$OTHER" 7001)"
set_tenant globex --port none
stays 'a port that has lost its name' 'not permitted' acme "$(out "$OTHER" 7001)"
set_tenant globex --port api=udp/7002
allow out "$OTHER" udp 7001-7002
deny out group:web udp api
leaks 'control: a port that is not denied' acme "$(out "$OTHER" 7001)"
stays 'a port that is denied by its name' 'not permitted' acme "$(out "$OTHER" 7002)"
set_tenant globex --port none
stays 'a denial does not vanish with the name' 'not permitted' acme "$(out "$OTHER" 7002)"
stays 'it is of all ports then' 'not permitted' acme "$(out "$OTHER" 7001)"
forbid 3
forbid 2

# ---- the tenant's own ports -------------------------------------------------------

exits 1 'the tenant has no such port' "tenant set acme --port dns=udp/NUMBER" cloison net allow acme in "$PEER" udp dns
witness born "$WALLED" acme udp:6000 udp:6001
shut 'control: no rule, nothing enters' "socket i udp4; sendto i $ACME 6000 x; recv i"
set_tenant acme --port dns=udp/6000
allow in "$PEER" udp dns
enters 'the own port, by its name' "socket i udp4; sendto i $ACME 6000 x; recv i"
shut 'another port' "socket i udp4; sendto i $ACME 6001 x; recv i"
set_tenant acme --port dns=udp/6001
enters 'its name moves' "socket i udp4; sendto i $ACME 6001 x; recv i"
shut 'and it is not where it was' "socket i udp4; sendto i $ACME 6000 x; recv i"
set_tenant acme --port none
shut 'a name that is gone is for nothing' "socket i udp4; sendto i $ACME 6001 x; recv i"
set_tenant acme --port dns=udp/6000-6001
enters 'a name of several ports' "socket i udp4; sendto i $ACME 6000 x; recv i"

exits 2 'only tenants name their ports' 'tenant:NAME or group:NAME' cloison net allow acme out "$PEER" udp dns
exits 2 'a word that is no port' 'write NAME=PROTOCOL/PORT' cloison tenant set acme --port dns
exits 2 'a name that is none' 'with a letter' cloison tenant set acme --port 53=udp/53
exits 2 'a name of two ports of a protocol' 'there twice' cloison tenant set acme --port dns=udp/53,dns=udp/54
exits 2 'a group that is none' 'not a name of a group' cloison tenant set acme --group a/b
exits 1 'a tenant without that port' "tenant set globex --port api=udp/NUMBER" cloison net allow acme out tenant:globex udp api

# ---- own prefixes -----------------------------------------------------------------

# Root of the network adds them, which is as good as a lie.
for address in 10.9.0.{63,64,77,80}/32; do must ip -n acme addr add "$address" dev wire; done
for address in fd00:9::{a,b}:0:0:1/128; do must ip -n acme addr add "$address" dev wire nodad; done
lie() { echo "socket t udp4; bind t $1 $2; sendto t $PEER 7001 @; close t"; }
lie6() { echo "socket t udp6; bind t $1 $2; sendto t $PEER6 7001 @; close t"; }
allow out "$PEER" udp 7001
allow out "$PEER6" udp 7001
leaks 'control: with no addresses any is taken for its own' acme "$(lie 10.9.0.77 1000)"
check 'a prefix is its own' cloison net address acme 10.9.0.64/28,"$ACME",fd00:9:0:0:a::/80
leaks 'an address in the prefix' acme "$(lie 10.9.0.77 1001)"
leaks 'the first of it' acme "$(lie 10.9.0.64 1002)"
stays 'one before it' 'not permitted' acme "$(lie 10.9.0.63 1003)"
stays 'one behind it' 'not permitted' acme "$(lie 10.9.0.80 1004)"
leaks 'a single address beside it' acme "$(out "$PEER" 7001)"
leaks 'an IPv6 address in the prefix' acme "$(lie6 fd00:9::a:0:0:1 1005)"
stays 'an IPv6 address outside' 'not permitted' acme "$(lie6 fd00:9::b:0:0:1 1006)"
json 'tenant show has the prefixes' "sorted(j['addresses']) == ['$ACME', '10.9.0.64/28', 'fd00:9:0:0:a::/80']" \
	cloison tenant show acme --json
exits 8 'a prefix around what is another'"'"'s' 'overlaps 10.9.0.3, which is tenant globex' \
	cloison net address acme 10.9.0.0/28
exits 8 'an address in another'"'"'s prefix' 'overlaps 10.9.0.64/28, which is tenant acme' \
	cloison net address globex 10.9.0.70
exits 2 'bits behind the prefix' 'write 10.9.0.64/28' cloison net address acme 10.9.0.65/28
exits 2 'all there is' "nobody's own" cloison net address acme 0.0.0.0/0
exits 2 'loopback in a prefix' "nobody's own" cloison net address acme 126.0.0.0/7

# ---- what is stale ------------------------------------------------------------------
# The host's addresses change without a word to the guard. As with a command that was
# killed before it had renewed all, the next change of any tenant's addresses mends it.

must cloison net set acme --file /dev/null
allow out host udp 7002
stays 'control: not an address of the host' 'not permitted' acme "$(out "$PEER" 7002)"
must ip addr add "$PEER/32" dev lo
stays 'a name is not looked up with each packet' 'not permitted' acme "$(out "$PEER" 7002)"
must cloison net address globex "$OTHER,10.9.0.9"
leaks 'a change of another tenant'"'"'s addresses renews what was stale' acme "$(out "$PEER" 7002)"
must ip addr del "$PEER/32" dev lo
must cloison net address globex "$OTHER"
stays 'both ways' 'not permitted' acme "$(out "$PEER" 7002)"
must ip addr add "$PEER/32" dev lo
check 'names are looked up again on demand' cloison net renew
leaks 'which follows the host' acme "$(out "$PEER" 7002)"
must ip addr del "$PEER/32" dev lo
check 'again' cloison net renew
stays 'also when an address goes' 'not permitted' acme "$(out "$PEER" 7002)"
before=$(cloison guard show --json | jq '.tenants[] | select(.tenant == "acme") | .generation')
must cloison net address globex "$OTHER,10.9.0.9"
same 'a policy that means the same is left alone' \
	"$(cloison guard show --json | jq '.tenants[] | select(.tenant == "acme") | .generation')" "$before"
finish
