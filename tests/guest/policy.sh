#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: N-24 policies: files, names, exceptions, own addresses, explain, observe
# timeout: 400
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
guard_up
make_tenant acme
make_tenant globex
session acme "$WALLED" acme

out() { echo "socket s udp4; sendto s $1 $2 @; close s"; }
show() { cloison guard show --json | jq -r ".tenants[] | select(.tenant == \"acme\") | $1"; }

# says VERDICT ARROW FLOW: from the rules and from the maps alike.
says() {
	local rules maps
	rules=$(cloison net explain acme "$2" "$3" --json | jq -r '"\(.verdict) \(.rule)"')
	maps=$(cloison net explain acme "$2" "$3" --live --json | jq -r '"\(.verdict) \(.rule)"')
	same "explain $2 $3" "$rules" "$1"
	same "explain $2 $3, by the maps" "$maps" "$1"
}

# ---- a file -------------------------------------------------------------------

cat >"$work/policy" <<END
# what acme may reach
[rule peers]
Direction=out
Action=allow
Peer=10.9.0.0/24
Except=$OTHER
Protocol=udp
Ports=7001-7002

[rule bad-port]
Direction=out
Action=deny
Peer=any
Protocol=udp
Ports=7002

[rule ping]
Direction=out
Action=allow
Peer=$PEER
Protocol=icmp
Type=echo-request
END
check 'a file is checked' cloison net check "$work/policy"
same 'and compiled' "$(cloison net check "$work/policy" --json | jq -c '[.rules, .warnings]')" '[3,[]]'
stays 'a check changes nothing' 'not permitted' acme "$(out "$PEER" 7001)"
check 'a file is put in force' cloison net set acme --file "$work/policy"
same 'its rules have names' "$(cloison net list acme --json | jq -c '[.[].name]')" \
	'["peers","bad-port","ping"]'
same 'and exceptions' "$(cloison net list acme --json | jq -r '.[0].except')" "$OTHER"
leaks 'allowed by the file' acme "$(out "$PEER" 7001)"
stays 'left out by the file' 'not permitted' acme "$(out "$OTHER" 7001)"
stays 'denied by the file' 'not permitted' acme "$(out "$PEER" 7002)"
leaks 'an echo, by its type' acme "socket p ping4; echo p $PEER @"
says 'allow 1' '->' "$PEER:7001/udp"
says 'deny 0' '->' "$OTHER:7001/udp"
says 'deny 2' '->' "$PEER:7002/udp"
says 'deny 0' '->' "$PEER:443/tcp"
says 'deny 0' '<-' "$PEER:7001/udp"
says 'allow 3' '->' "$PEER:8/icmp"
says 'deny 0' '->' "[$PEER6]:7001/udp"

before=$(show .generation)
printf '[rule a]\nDirection=out\nAction=allow\nPeer=10.9.0.1/24\n' >"$work/bad"
refused 'a bad file names file, line, rule and remedy' \
	'bad:4: rule a: .*write 10\.9\.0\.0/24' cloison net set acme --file "$work/bad"
: >"$work/empty"
check 'an empty file is a policy that lets nothing pass' cloison net check "$work/empty"
refused 'a file that is not there' 'No such file' cloison net set acme --file "$work/none"
same 'nothing has changed' "$(show .generation)" "$before"
cloison net graph >"$work/graph"
check 'the graph has what is allowed' grep -qF '"tenant:acme" -> "10.9.0.0/24" [label="peers: udp 7001-7002' \
	"$work/graph"
check 'and what is denied' grep -q '"tenant:acme" -> "any" .*color=red' "$work/graph"
check 'Graphviz draws it' grep -q '</svg>' <(cloison net graph --format svg)
refused 'without Graphviz it says what to do' 'apt-get install graphviz' \
	env PATH="$work" "$(command -v cloison)" net graph --format svg

check 'a rule goes by its name' cloison net remove acme bad-port
leaks 'what it denied passes' acme "$(out "$PEER" 7002)"

# ---- tenants by their addresses, and a tenant's own ----------------------------

refused 'a tenant that does not exist' 'not behind the guard' \
	cloison net allow acme out tenant:nobody udp 7001
refused 'a tenant that names itself' 'names itself' cloison net allow acme out tenant:acme udp 7001
refused 'a tenant without addresses' 'net address globex' \
	cloison net allow acme out tenant:globex udp 7001
check 'the other tenant gets an address' cloison net address globex "$OTHER"
refused 'which is nobody else'"'"'s' "tenant globex's address" cloison net address acme "$OTHER"
allow out tenant:globex udp 7003 name to-globex
leaks 'allowed by name' acme "$(out "$OTHER" 7003)"
says 'allow 3' '->' "$OTHER:7003/udp"
check 'the other tenant moves' cloison net address globex 10.9.0.9
stays 'its old address is not meant any more' 'not permitted' acme "$(out "$OTHER" 7003)"
says 'allow 3' '->' 10.9.0.9:7003/udp
must cloison tenant remove globex
says 'deny 0' '->' 10.9.0.9:7003/udp

must ip -n acme addr add 10.9.0.77/32 dev wire
lie() { echo "socket t udp4; bind t 10.9.0.77 $1; sendto t $PEER 7001 @; close t"; }
leaks 'control, no addresses given: a forged source' acme "$(lie 1000)"
check 'acme gets its addresses' cloison net address acme "$ACME,$ACME6"
same 'the guard shows them' "$(show .addresses)" 2
stays 'N-24 a forged source' 'not permitted' acme "$(lie 1000)"
check 'N-24 it is counted as such' [ "$(count not_own)" -ge 1 ]
leaks 'the own source' acme "$(out "$PEER" 7001)"
refused 'a prefix has no bits behind it' 'write 10.9.0.0/24' cloison net address acme 10.9.0.1/24
refused 'nobody owns loopback' "nobody's own" cloison net address acme 127.0.0.1

# ---- a pilot ------------------------------------------------------------------

before=$(count denied_default)
stays 'enforced: no rule allows it' 'not permitted' acme "$(out "$OTHER" 7009)"
check 'a pilot begins' cloison net mode acme observe
same 'the guard shows it' "$(show '"\(.network) \(.in_force)"')" 'observe true'
check 'the status shouts' grep -q 'acme IS ONLY OBSERVED' <(cloison status)
leaks 'observed: no rule allows it' acme "$(out "$OTHER" 7009)"
leaks 'observed: a forged source' acme "$(lie 1001)"
leaks 'observed: TCP that no rule allows' acme "socket c tcp4; connect c $PEER 7001; send c @; close c"
says 'deny 0' '->' "$OTHER:7009/udp"
observed() { counted acme 1 "$1"; }
check 'what would have been denied is counted apart' [ "$(observed denied_default)" -ge 3 ]
check 'a forged source too' [ "$(observed not_own)" -ge 1 ]
check 'the pilot ends' cloison net mode acme enforce
stays 'enforced again' 'not permitted' acme "$(out "$OTHER" 7009)"

# ---- many tenants at once -----------------------------------------------------

make_tenant globex
mkdir "$work/all"
sed 's/^Ports=7001-7002/Ports=7001-7003/' "$work/policy" >"$work/all/acme.policy"
printf '[rule one]\nDirection=out\nAction=allow\nPeer=tenant:acme\nProtocol=tcp\nPorts=443\n' >"$work/all/globex.policy"
printf '[rule a]\nDirection=out\nAction=allow\nPeer=10.9.0.1/24\n' >"$work/all/nobody.policy"
generations() { cloison guard show --json | jq -c '[.tenants[] | .generation]'; }
before=$(generations)
refused 'one file is bad: it is named' 'nobody.policy:4: ' cloison net set-all "$work/all"
cp "$work/all/globex.policy" "$work/all/nobody.policy"
refused 'one names a tenant that there is not' 'tenant nobody' cloison net set-all "$work/all"
rm "$work/all/nobody.policy"
must cloison net address acme none
refused 'one means a tenant that has no address' 'globex: .*acme has no addresses' cloison net set-all "$work/all"
must cloison net address acme "$ACME,$ACME6"
after=$(generations)
check 'its addresses are another policy of its own' [ "$(jq '.[0]' <<<"$after")" -gt "$(jq '.[0]' <<<"$before")" ]
same 'and no other policy was changed' "$(jq '.[1]' <<<"$after")" "$(jq '.[1]' <<<"$before")"
check 'all good: in force' cloison net set-all "$work/all"
same 'for both' "$(cloison net list --json | jq -c '[.[] | .tenant] | group_by(.) | map(length)')" '[3,1]'
must cloison tenant remove globex
refused 'a directory without policies' 'TENANT.policy' cloison net set-all "$CGROUPS"

# ---- somebody edits the maps ----------------------------------------------------

must cloison net set acme --file "$work/policy"
slot=$(bpftool -j map dump pinned "$PINS/maps/cloison_segments" |
	jq "[.[].formatted.value | select(.generation == $(show .generation))][0].slot")
check 'control: all is whole' [ "$(show .in_force)" = true ]
must bpftool map delete pinned "$PINS/maps/cloison_ports" key "$((slot & 255))" 0 0 0
stays 'without its ports nothing passes' 'not permitted' acme "$(out "$PEER" 7001)"
check 'the guard says so' grep -q 'lost its maps\|cloison_ports in force' <(cloison guard show)
same 'and that it is not in force' "$(show .in_force)" false
check 'a policy put in force mends it' cloison net set acme --file "$work/policy"
leaks 'it passes again' acme "$(out "$PEER" 7001)"
finish
