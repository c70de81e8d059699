#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: names of the DNS as peers: resolved, renewed, ended; rebinding and nonsense refused
# timeout: 600
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-command.sh

SERVER=127.0.0.1:5353
NAME=peer.lab.example

net_up
guard_up
make_tenant acme
make_tenant globex --address 203.0.113.7
session acme "$WALLED" acme

# zone LINE...: what the server answers from now on, as a whole.
zone() {
	printf '%s\n' "$@" >"$work/zone.new"
	must mv "$work/zone.new" "$work/zone"
}

out() { echo "socket s udp4; sendto s $1 7001 @; close s"; }
out6() { echo "socket s udp6; sendto s $1 7001 @; close s"; }
once() { must cloison net resolve --once --server "$SERVER" "$@"; }
lab() { once --private example "$@"; }

# addresses NAME: what it has now, in one line.
addresses() {
	cloison net names --json |
		jq -r --arg name "$1" '[.[] | select(.name == $name) | .addresses[].address] | sort | join(" ")'
}

# has_now NAME ADDRESSES: for within. The kernel's own clock ends an address, and nothing
# else here does while no resolver runs.
# shellcheck disable=SC2317 # by within
has_now() { [ "$(addresses "$1")" = "$2" ]; }

field() { cloison net names --json | jq -r --arg name "$1" ".[] | select(.name == \$name) | .$2"; }

zone "$NAME A 60 $PEER"
dns-serve 127.0.0.1 5353 "$work/zone" "$work/asked" &
must sink_is_ready "$work/asked"

# ---- a name is its addresses ---------------------------------------------------------

stays 'control: no rule, nothing passes' 'not permitted' acme "$(out "$PEER")"
exits 0 'a rule with a name' 'dns:peer.lab.example' cloison net allow acme egress "dns:$NAME" udp 7001 name peer
stays 'a name that was not resolved has no address' 'not permitted' acme "$(out "$PEER")"
json 'it is listed without one' "j[0]['name'] == '$NAME' and j[0]['addresses'] == [] and j[0]['answered'] is None" \
	cloison net names --json
lab
leaks 'what it is resolved to passes' acme "$(out "$PEER")"
stays 'another port does not' 'not permitted' acme "socket s udp4; sendto s $PEER 7002 @; close s"
stays 'nor another address' 'not permitted' acme "$(out "$OTHER")"
json 'names lists its address, and how long it counts' \
	"j[0]['addresses'][0]['address'] == '$PEER' and 60 < j[0]['addresses'][0]['seconds'] <= 660" \
	cloison net names --json
same_fields 'names' cloison net names
same 'the rule has the name' "$(cloison net list acme --json | jq -r '.[0].peer')" "dns:$NAME"
check 'explain says so' grep -q '^allow: rule 1' <(cloison net explain acme '->' "$PEER:7001/udp")
same 'and so do the maps' "$(cloison net explain acme '->' "$PEER:7001/udp" --live --json | jq -r .verdict)" allow
same 'of another port too' "$(cloison net explain acme '->' "$PEER:7002/udp" --live --json | jq -r .verdict)" deny

# ---- as a file ------------------------------------------------------------------------

cloison net export acme >"$work/acme.policy"
check 'it is exported by its name' grep -qx "Peer=dns:$NAME" "$work/acme.policy"
check 'with its addresses apart' grep -qx "# dns:$NAME has now: $PEER" "$work/acme.policy"
exits 0 'which is no difference' '' cloison net diff acme --file "$work/acme.policy"
check 'and is read again' cloison net set acme --file "$work/acme.policy"
leaks 'by which nothing has changed' acme "$(out "$PEER")"
must cloison net set acme --file /dev/null
stays 'without the rule nothing passes' 'not permitted' acme "$(out "$PEER")"
lab
same 'a name that no policy has is forgotten' "$(cloison net names --json)" '[]'
must cloison net set acme --file "$work/acme.policy"
stays 'and has no address when it is there again' 'not permitted' acme "$(out "$PEER")"

# ---- rebinding ------------------------------------------------------------------------

once
stays 'a private address is refused, unless it is expected' 'not permitted' acme "$(out "$PEER")"
same 'which is counted' "$(field "$NAME" refused)" 1
once --private ab.example,org
stays 'of another zone it is' 'not permitted' acme "$(out "$PEER")"
lab
leaks 'control: where it is expected it passes' acme "$(out "$PEER")"
must ip addr add 198.51.100.7/32 dev lo
for address in 127.0.0.1 0.0.0.0 169.254.169.254 224.0.0.1 198.51.100.7 203.0.113.7; do
	zone "$NAME A 60 $PEER" "$NAME A 60 $address"
	lab
	same "never: $address" "$(addresses "$NAME")" "$PEER"
	same "$address is counted" "$(field "$NAME" refused)" 1
done
for address in ::1 ::ffff:10.9.0.3 fe80::1 64:ff9b::7f00:1 2002:7f00:1::1; do
	zone "$NAME A 60 $PEER" "$NAME AAAA 60 $address"
	lab
	same "never: $address" "$(addresses "$NAME")" "$PEER"
done
zone "$NAME A 60 192.0.2.9" "$NAME AAAA 60 2001:db8::9"
lab
must ip addr del 198.51.100.7/32 dev lo
same 'control: others are taken' "$(addresses "$NAME")" "$PEER 192.0.2.9 2001:db8::9"
must cloison net address globex 203.0.113.7,192.0.2.9
zone "$NAME A 60 $PEER"
lab
same 'what has become a tenant'"'"'s own is dropped' "$(addresses "$NAME")" "$PEER 2001:db8::9"

# ---- answers that are none, or lie ----------------------------------------------------

for order in silent servfail 'cut 5' 'cut 40' 'question elsewhere.lab.example' wide; do
	zone "! $order" "$NAME A 60 $OTHER"
	lab
	same "$order: no new address" "$(addresses "$NAME")" "$PEER 2001:db8::9"
	same "$order: a failure" "$(field "$NAME" 'failures > 0')" true
	leaks "$order: what it has goes on" acme "$(out "$PEER")"
done
zone "! loop" "$NAME CNAME 60 other.lab.example" "other.lab.example A 60 $OTHER"
lab
same 'an alias that points at itself' "$(addresses "$NAME")" "$PEER 2001:db8::9"
zone "$NAME CNAME 60 b.lab.example" "b.lab.example CNAME 60 $NAME" "b.lab.example A 60 192.0.2.1"
lab
same 'aliases in a ring are not followed for ever' "$(field "$NAME" 'failures > 0')" true
zone "$NAME CNAME 60 b.lab.example" "b.lab.example A 60 $OTHER" "c.lab.example A 60 192.0.2.2"
lab
leaks 'control: an alias is followed' acme "$(out "$OTHER")"
same 'and no other name' "$(addresses "$NAME")" "$PEER $OTHER 2001:db8::9"
records=()
for i in {1..70}; do records+=("$NAME A 60 192.0.2.$i"); done
zone "${records[@]}"
lab
same 'a name has so many addresses' "$(addresses "$NAME" | wc -w)" 64
same 'and says what it left out' "$(field "$NAME" left_out)" 6

# ---- time ------------------------------------------------------------------------------
# The least time to live is 5 seconds; with a grace of none it is all there is.

must cloison net set acme --file /dev/null
zone "$NAME A 5 $PEER" "$NAME AAAA 5 $PEER6"
lab
must cloison net set acme --file "$work/acme.policy"
lab --grace 600
leaks 'control: it passes' acme "$(out "$PEER")"
leaks 'by IPv6 too' acme "$(out6 "$PEER6")"
zone "$NAME A 5 $OTHER"
lab --grace 20
leaks 'a new address passes at once' acme "$(out "$OTHER")"
leaks 'the old one for a time' acme "$(out "$PEER")"
within 'an address ends without a process' 120 has_now "$NAME" "$PEER $PEER6"
stays 'and is denied then' 'not permitted' acme "$(out "$OTHER")"
same 'by the maps as well' "$(cloison net explain acme '->' "$OTHER:7001/udp" --live --json | jq -r .verdict)" deny

# ---- the process -------------------------------------------------------------------------

must cloison net set acme --file /dev/null
lab
zone "$NAME A 5 $PEER"
resolver() {
	cloison net resolve --server "$SERVER" --private lab.example --grace 0 >"$work/resolver" 2>&1 &
	resolver=$!
}
resolver
must cloison net set acme --file "$work/acme.policy"
within 'a name of a new policy is asked for' 60 has_now "$NAME" "$PEER"
questions=$(wc -l <"$work/asked")
# shellcheck disable=SC2317 # by within
again() { [ "$(wc -l <"$work/asked")" -gt "$((questions + 4))" ]; }
within 'and again by its time to live' 60 again
zone "$NAME A 5 $OTHER"
within 'it follows what is answered' 60 has_now "$NAME" "$OTHER"
same 'those who ask have no rights' "$(pgrep -P "$resolver" | while read -r pid; do
	grep -E '^(Uid|CapPrm|NoNewPrivs)' "/proc/$pid/status"
done | sort -u | tr -s '\t ' ' ')" "$(printf '%s\n' 'CapPrm: 0000000000000000' 'NoNewPrivs: 1' 'Uid: 65534 65534 65534 65534')"
zone '! silent'
within 'the DNS is gone: so is the address, in the end' 60 has_now "$NAME" ''
stays 'and it is denied' 'not permitted' acme "$(out "$OTHER")"
zone "$NAME A 3600 $PEER"
within 'the DNS is back' 200 has_now "$NAME" "$PEER"
kill -9 "$resolver"
wait "$resolver" 2>/dev/null
leaks 'the process is killed: what it has goes on' acme "$(out "$PEER")"
zone "$NAME A 3600 $PEER" "$NAME A 3600 $OTHER"
resolver
within 'the next one goes on from there' 60 has_now "$NAME" "$PEER $OTHER"
leaks 'an address of before' acme "$(out "$PEER")"
leaks 'and one of now' acme "$(out "$OTHER")"
kill "$resolver"
wait "$resolver"
same 'it ends when it is told' $? 0

# ---- words -------------------------------------------------------------------------------

exits 2 'a denial by a name' 'deny a prefix' cloison net deny acme egress "dns:$NAME"
exits 2 'a name of who calls' 'the prefix that its peers come from' cloison net allow acme ingress "dns:$NAME" tcp 80
exits 2 'a pattern' 'a pattern cannot be looked up' cloison net allow acme egress 'dns:*.example.org'
exits 2 'a name of one label' 'dns:HOST.DOMAIN' cloison net allow acme egress dns:localhost
exits 2 'an address' 'dns:HOST.DOMAIN' cloison net allow acme egress dns:10.0.0.1
exits 2 'with something left out' 'leave out what is inside a prefix' cloison net allow acme egress "dns:$NAME" except 10.0.0.1
exits 2 'a port by its name' 'only tenants name their ports' cloison net allow acme egress "dns:$NAME" tcp web
exits 2 'a server that is none' 'is not a server' cloison net resolve --server there
exits 2 'a zone that is none' 'is not a zone' cloison net resolve --private '*.lab' --once
exits 2 'a grace that is none' 'a number of seconds' cloison net resolve --grace soon
exits 0 'a name in large letters and with its dot' 'dns:www.example.org' cloison net allow acme egress dns:WWW.Example.ORG. tcp 443
check 'is the name' grep -q 'dns:www.example.org ' <(cloison net list acme)
exits 0 'a dry run' 'dns:dry.example.org' cloison net allow acme egress dns:dry.example.org tcp 443 --dry-run
check 'leaves nothing' bash -c '! cloison net names | grep -q dry.example.org'
finish
