#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: policies are exported, compared and tried without a change; counters by reason
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-command.sh

net_up
guard_up
make_tenant acme --address "$ACME,$ACME6"
make_tenant globex --address "$OTHER"
session acme "$WALLED" acme

generation() { cloison guard show --json | jq '.tenants[] | select(.tenant == "acme") | .generation'; }
# unchanged WHAT EXIT PATTERN COMMAND...: it says so, and nothing is in force that was not.
unchanged() {
	local before what=$1
	before=$(generation)
	exits "$2" "$what" "${@:3}"
	same "$what: nothing has changed" "$(generation)" "$before"
}

# ---- export ---------------------------------------------------------------------
allow out 10.9.0.0/24 udp 7001-7002 except "$OTHER" name peers
allow out tenant:globex tcp 443
deny in host
allow out "$PEER" icmp echo-request name ping
check 'the policy is exported' cloison net export acme
cp "$work/output" "$work/first"
check 'rules without a name get one from their number' grep -qx '\[rule rule-2\]' "$work/first"
check 'what is exported can be checked' cloison net check "$work/first"
check 'and put in force' cloison net set acme --file "$work/first"
must cloison net export acme
cp "$work/output" "$work/again"
check 'exported again it is the same' cmp "$work/again" "$work/first"
check 'it passes through a pipe' bash -c 'cloison net export acme | cloison net set acme --file -'
exits 3 'a tenant that there is not' 'nobody' cloison net export nobody

# ---- diff -----------------------------------------------------------------------
unchanged 'the same file: no difference' 0 '' cloison net diff acme --file "$work/first"
sed 's/7001-7002/7001-7003/; /^\[rule ping/,$d' "$work/first" >"$work/second"
printf '\n[rule new]\nDirection=in\nAction=allow\nPeer=%s\nProtocol=tcp\nPorts=80\n' "$PEER" >>"$work/second"
unchanged 'another file: a difference' 9 '^\+ allow in 10.9.0.2 tcp 80 name new$' cloison net diff acme --file "$work/second"
same 'line by line' "$(cloison net diff acme --file "$work/second")" \
	"- allow out 10.9.0.0/24 udp 7001-7002 except $OTHER name peers
- allow out $PEER icmp echo-request name ping
+ allow out 10.9.0.0/24 udp 7001-7003 except $OTHER name peers
+ allow in $PEER tcp 80 name new"
json 'as JSON' '[(c["change"], c["rule"], c["name"]) for c in j] ==
	[("remove", 1, "peers"), ("remove", 4, "ping"), ("add", 1, "peers"), ("add", 4, "new")]' \
	cloison net diff acme --file "$work/second" --json
echo Peer=any >"$work/bad"
exits 2 'a file that is not a policy' 'bad:1: .*\[rule NAME\]' cloison net diff acme --file "$work/bad"
exits 3 'a file that there is not' 'No such file' cloison net diff acme --file "$work/none"

# ---- dry runs -------------------------------------------------------------------
unchanged 'set, tried' 0 'acme: 4 rules would be in force; nothing was changed' \
	cloison net set acme --file "$work/second" --dry-run
unchanged 'allow, tried' 0 '^\+ allow out 10.9.0.2 udp 7001' cloison net allow acme out "$PEER" udp 7001 --dry-run
stays 'what was only tried does not pass' 'not permitted' acme "socket s udp4; sendto s $OTHER 7001 @; close s"
unchanged 'deny, tried' 0 '^\+ deny out any any any$' cloison net deny acme out any -n
leaks 'what was only tried stops nothing' acme "socket s udp4; sendto s $PEER 7001 @; close s"
unchanged 'remove, tried' 0 '^- allow out 10.9.0.2 icmp echo-request name ping$' cloison net remove acme ping --dry-run
unchanged 'a name that means nothing is an error in a trial too' 3 'not behind the guard' \
	cloison net allow acme out tenant:nobody udp 1 --dry-run
sed 's/tenant:globex/tenant:nobody/' "$work/second" >"$work/third"
unchanged 'also in a file' 3 'not behind the guard' cloison net set acme --file "$work/third" --dry-run
json 'a trial as JSON' 'len(j) == 1 and j[0]["change"] == "add"' \
	cloison net allow acme out "$PEER" udp 7001 --dry-run --json
check 'what was tried then works' cloison net set acme --file "$work/second"
unchanged 'and is no difference then' 0 '' cloison net diff acme --file "$work/second"

# ---- addresses and counters -----------------------------------------------------
json 'tenant show has the addresses' "sorted(j['addresses']) == ['$ACME', '$ACME6']" cloison tenant show acme --json
exits 0 'as text too' "^addresses +($ACME,$ACME6|$ACME6,$ACME)\$" cloison tenant show acme
json 'tenant list has them' "[t['addresses'] for t in j if t['tenant'] == 'globex'] == [['$OTHER']]" cloison tenant list --json
make_tenant bare
json 'a tenant may have none' "j['addresses'] == []" cloison tenant show bare --json

# counter COLUMN REASON: of acme's
counter() { cloison net counters acme --json | jq ".[] | select(.reason == \"$2\") | .$1"; }
before=$(counter enforced denied_default)
observed=$(counter observed denied_default)
try acme "socket s udp4; sendto s $PEER 7009 x" >/dev/null
same 'a denial is counted by its reason' "$(counter enforced denied_default)" $((before + 1))
same 'and shown with the tenant' "$(cloison tenant show acme --json | jq .counters.denied_default)" $((before + 1))
same 'as the maps have it' "$(count denied_default)" $((before + 1 + observed))
must cloison net mode acme observe
try acme "socket s udp4; sendto s $PEER 7009 x" >/dev/null
same 'what was only observed is counted apart' "$(counter observed denied_default)" $((observed + 1))
same 'and not as enforced' "$(counter enforced denied_default)" $((before + 1))
same_fields 'net counters' cloison net counters acme
json 'each reason has a row and a meaning' 'all(row["meaning"] for row in j) and
	len({row["reason"] for row in j}) == len(j) and {"passed", "outside", "suppressed_calls", "lost_memory"} <= {row["reason"] for row in j}' \
	cloison net counters acme --json
exits 3 'counters of nobody' 'nobody' cloison net counters nobody
finish
