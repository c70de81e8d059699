#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: events: each hook's, read by several, a flood that hides nothing, a reader that stops
# fresh
# timeout: 600
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-command.sh

events=$work/events.json

# happened: reads into $events what the log has had since it was called last.
had=0
happened() {
	must cloison monitor --past --seconds 1 --json
	tail -n +$((had + 1)) "$work/output" >"$events"
	had=$(wc -l <"$work/output")
}

# told WHAT COUNT CONDITION: so many of the events read are so (jq).
told() {
	same "$1" "$(jq -c "select($3)" "$events" | wc -l)" "$2"
	[ "$(jq -c "select($3)" "$events" | wc -l)" = "$2" ] || sed 's/^/#   /' "$events"
}

# flow HOOK VERDICT REASON DIRECTION PROTOCOL: the condition of an event of acme's
flow() {
	printf '.tenant == "acme" and .hook == "%s" and .verdict == "%s" and .reason == "%s"' "$1" "$2" "$3"
	printf ' and .direction == "%s" and .protocol == %s and .mode == "enforce"' "$4" "$5"
}
remote() { printf ' and .remote == "%s" and .remote_port == %s' "$1" "$2"; }

net_up
wall_up
make_tenant acme
make_tenant globex
make_region acme/weights
session acme "$WALLED" acme
session globex "$PEN/globex" acme
witness born "$WALLED" acme udp:6000 tcp:6000
allow out "$PEER" udp 7001
allow in "$PEER" tcp 6000
allow out fd00:9::/64 tcp 443-444
deny out "$OTHER"
happened

# ---- flows that are let begin, once each
generation() { cloison guard show --json | jq '.tenants[] | select(.tenant == "acme") | .generation'; }
generation=$(generation)
try acme "socket s udp4; sendto s $PEER 7001 a; recv s" >/dev/null
try acme "sendto s $PEER 7001 b; recv s" >/dev/null
try outside "socket in tcp4; connect in $ACME 6000; send in x; recv in" >/dev/null
port=$(try acme 'port s')
happened
told 'a flow out is told once, with rule and tuple' 1 "$(flow egress allow passed out '"udp"')$(remote "$PEER" 7001)
	and .local == \"$ACME\" and .local_port == $port and .rule == 1 and .generation == $generation
	and .rule_text == \"allow out $PEER udp 7001\" and .kind == \"packet\""
told 'a flow in is told once' 1 "$(flow ingress allow passed in '"tcp"')
	and .remote == \"$PEER\" and .local == \"$ACME\" and .local_port == 6000 and .rule == 2"
told 'and nothing else' 2 true

# ---- denials, hook by hook
# A socket with one peer: no call names it any more, so that its packets are judged.
must try acme "socket k udp4; connect k $PEER 7001; send k x"
kept=$(try acme 'port k')
refused 'sendmsg4' 'not permitted' try acme "sendto s $OTHER 7001 x"
refused 'connect4' 'not permitted' try acme "socket t tcp4; connect t $OTHER 7002"
refused 'connect6' 'not permitted' try acme "socket u tcp6; connect u $PEER6 9"
refused 'sendmsg6' 'not permitted' try acme "socket v udp6; sendto v $PEER6 10 x"
refused 'sock_create' 'not permitted' try acme 'socket w ping4'
refused 'socket_create' 'not permitted' try acme 'socket w raw4 1'
refused 'ingress' 'timed out' try outside "patience 300; socket x udp4; sendto x $ACME 6000 x; recv x"
forbid 1
ended=$(generation)
check 'each policy has a generation of its own' [ "$ended" -gt "$generation" ]
refused 'egress' 'not permitted' try acme 'send k x'
happened
told 'sendmsg4 is told, with rule, process and tuple' 1 "$(flow sendmsg4 deny denied_rule out '"udp"')$(remote "$OTHER" 7001)
	and .rule == 4 and .kind == \"call\" and .process == ${session_pid[acme]} and .process_name == \"net-sock\""
told 'connect4 is told' 1 "$(flow connect4 deny denied_rule out '"tcp"')$(remote "$OTHER" 7002)"
told 'connect6 is told' 1 "$(flow connect6 deny denied_default out '"tcp"')$(remote "$PEER6" 9) and .rule == null"
told 'sendmsg6 is told' 1 "$(flow sendmsg6 deny denied_default out '"udp"')$(remote "$PEER6" 10)"
told 'sock_create is told' 1 "$(flow sock_create deny wrong_socket out null)"
told "so is the LSM's part, with process" 1 "$(flow socket_create deny outside out null)
	and .kind == \"call\" and .process == ${session_pid[acme]}"
told 'ingress is told' 1 "$(flow ingress deny denied_default in '"udp"') and .remote == \"$PEER\"
	and .local == \"$ACME\" and .local_port == 6000"
told 'egress is told: a flow that was ended' 1 "$(flow egress deny ended out '"udp"')$(remote "$PEER" 7001)
	and .local_port == $kept and .generation == $ended"

must cloison net address acme "$ACME,$ACME6"
for address in "udp4; bind y $ACME" 'tcp4; bind y 0.0.0.0' 'udp4; bind y 127.0.0.1' 'udp4; bind y 224.0.0.1' \
	"tcp6; bind y $ACME6" 'udp6; bind y ::' "udp6; bind y ::ffff:$ACME"; do
	check "bound: $address" try acme "socket y $address 6200; close y"
done
refused 'bind4' 'not permitted' try acme "socket y tcp4; bind y $OTHER 6201"
refused 'bind6' 'not permitted' try acme "socket z udp6; bind z $OTHER6 6202"
refused 'bind6, of an IPv4 address' 'not permitted' try acme "bind z ::ffff:$OTHER 6203"
happened
bound() { printf ' and .local == "%s" and .local_port == %s and .remote == null' "$1" "$2"; }
told 'bind4 is told, with process' 1 "$(flow bind4 deny not_own in '"tcp"')$(bound "$OTHER" 6201)
	and .kind == \"call\" and .process == ${session_pid[acme]}"
told 'bind6 is told' 1 "$(flow bind6 deny not_own in '"udp"')$(bound "$OTHER6" 6202)"
told 'bind6 is told, of an IPv4 address' 1 "$(flow bind6 deny not_own in '"udp"')$(bound "$OTHER" 6203)"
must cloison net address acme none

# ---- memory
node=/dev/cloison/acme/weights
check 'the owner opens its region' in_tenant acme dd "if=$node" of=/dev/null bs=4k count=1
check 'and maps it, swept every 50 ms' in_tenant acme region-try "open:r:$node" map:r get:0:00 -hold:1
refused 'globex does not' 'Permission denied' in_tenant globex cat "$node"
must bpftool link detach pinned "$PINS/pens/cloison/sendmsg6"
refused 'nor does the owner without its wall' 'Permission denied' in_tenant acme cat "$node"
must cloison guard load
happened
told "another tenant's access is told" 1 '.kind == "memory" and .tenant == "acme" and .verdict == "deny"
	and .region_name == "weights" and .access == "open" and .process_name == "cat" and .reason == "region_foreign" and .cgroup_id > 0'
told 'and the access without a wall' 1 '.kind == "memory" and .reason == "region_no_wall" and .access == "open"'
told 'what was admitted, by the sweep too, is not' 2 '.kind == "memory"'

# ---- live, filtered, ended
cloison monitor --tenant acme --verdict deny --kind call --json >"$work/live" 2>&1 &
monitor=$!
# It shows what comes after it began, whenever that is.
seen_live() {
	try acme "connect t $OTHER 7003" >/dev/null
	grep -q '"remote_port":7003' "$work/live"
}
within 'an event is shown as it comes' 60 seen_live
follow "$work/second" --tenant acme --verdict deny --kind call
try globex "socket t tcp4; connect t $OTHER 7004" >/dev/null
try acme "sendto s $OTHER 7008 x" >/dev/null
within 'so is the next' 60 grep -q '"remote_port":7008' "$work/live"
within 'a second reader has it too' 60 grep -q '"remote_port":7008' "$work/second"
same 'and what came since it began, no more and no less' \
	"$(jq -c '[.tenant, .remote_port]' "$work/second" | uniq | paste -sd' ')" '["acme",7008]'
kill -TERM "$monitor" "$follower"
check 'SIGTERM ends it well' wait "$monitor"
check 'both of them' wait "$follower"
same 'it has shown what was asked for' "$(jq -c '[.tenant, .remote_port]' "$work/live" | uniq | paste -sd' ')" \
	'["acme",7003] ["acme",7008]'
# narrows HOOKS OPTION...: of three events, those of these hooks are shown.
narrows() {
	local hooks=$1 before
	shift
	before=$(cloison monitor --past --seconds 1 "$@" --json | wc -l)
	try acme "connect t $OTHER 7010" >/dev/null
	try acme "socket v udp6; sendto v $PEER6 7011 x" >/dev/null
	in_tenant globex cat "$node" >/dev/null 2>&1
	same "shown with $*" "$(cloison monitor --past --seconds 1 "$@" --json |
		tail -n +$((before + 1)) | jq -r .hook | paste -sd' ')" "$hooks"
}
happened
narrows 'connect4 sendmsg6 region' --verdict deny
narrows 'connect4' --peer 10.9.0.0/24
narrows 'connect4 sendmsg6' --peer "$OTHER,fd00:9::/64"
narrows 'sendmsg6' --hook sendmsg4,sendmsg6
narrows 'region' --region acme/weights
narrows 'connect4 region' --reason denied_rule,region_foreign
narrows '' --region acme/weights --kind call
happened
for word in verdict kind hook reason; do
	exits 2 "--$word with an unknown word" 'it is one of' cloison monitor "--$word" nonsense
done
exits 2 '--peer with what is no prefix' '10.9.0.0/24' cloison monitor --peer 10.9.0.1/24
exits 3 'a region that there is not' 'acme/nothing' cloison monitor --region acme/nothing
exits 3 'a tenant that there is not' 'nobody' cloison monitor --tenant nobody
cloison monitor --count 1 --peer "$OTHER" >"$work/one" 2>&1 &
monitor=$!
must follows "$monitor"
for port in 1 2 3; do try acme "connect t $OTHER $port" >/dev/null; done
check '--count ends it' wait "$monitor"
check 'the text has the tuple' grep -Eq \
	"acme deny out tcp .* -> $OTHER:1 connect4 denied_rule rule 3 \(deny out $OTHER any any\)$" \
	<(sed 's/ generation .*//' "$work/one")
same 'once' "$(wc -l <"$work/one")" 1
first=$(cloison monitor --past --count 2 --json | jq -c 'del(.time)')
same 'reading takes nothing from the log' "$(cloison monitor --past --count 2 --json | jq -c 'del(.time)')" "$first"

# ---- a flood
# floods TENANT: datagrams that are refused, as fast as may be, until floods_end
floods() {
	place "$PEN/$1" acme python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while not os.path.exists(sys.argv[1]):
    for i in range(100):
        try:
            s.sendto(b"flood", ("10.9.0.3", 9))
        except PermissionError:
            pass
' "$work/enough"
}
# floods_end PROCESS...
floods_end() {
	touch "$work/enough"
	wait "$@"
	rm "$work/enough"
}
follow "$work/live"
monitor=$follower
begun=$(counted globex 0 denied_default)
floods globex &
flood=$!
not_told() { cloison guard show --json | jq ".tenants[] | select(.tenant == \"$1\") | .events_suppressed"; }
is_suppressed() { [ "$(not_told globex)" -gt 0 ]; }
within "globex's events are more than it may tell" 120 is_suppressed
try acme "connect t $OTHER 7005" >/dev/null
within "a flood of globex's does not hide acme's" 60 grep -q '"remote_port":7005' "$work/live"
floods_end "$flood"
suppressed() {
	jq 'select(.kind == "missed" and .tenant == "globex" and .class == "calls") | .suppressed' "$work/live" |
		jq -s 'add // 0'
}
shown() { jq -c 'select(.tenant == "globex" and .kind == "call")' "$work/live" | wc -l; }
counts=$(($(counted globex 0 denied_default) - begun))
adds_up() { [ $(($(suppressed) + $(shown))) = "$counts" ]; }
within "suppressed or shown, each of $counts was counted" 60 adds_up
check "globex's are suppressed: $(suppressed)" [ "$(suppressed)" -gt 0 ]
kill -INT "$monitor"
check 'SIGINT ends it well' wait "$monitor"
check 'and by then nothing more is told' adds_up
same 'none of acme was' "$(not_told acme)" 0

# ---- a reader that stops
written() { bpftool -j map dump pinned "$PINS/maps/cloison_written" | jq '.[0].formatted.value.of[2].events'; }
follow "$work/live" --hook sendmsg4
begun=$(written)
kill -STOP "$follower"
for name in one two three four; do make_tenant "$name"; done
flood=()
for name in one two three four; do
	floods "$name" &
	flood+=($!)
done
overflows() { [ "$(written)" -gt $((begun + 8192 + 100)) ]; }
within 'control: more calls are told than are kept' 300 overflows
floods_end "${flood[@]}"
told=$(($(written) - begun))
kill -CONT "$follower"
lost() { jq -s 'map(select(.kind == "missed" and .class == "calls") | .lost) | add // 0' "$work/live"; }
shown() { grep -c "\"hook\":\"sendmsg4\"" "$work/live"; }
adds_up() { [ $(($(lost) + $(shown))) = "$told" ]; }
within 'a reader that stopped knows what it has lost' 60 adds_up
check "which is some: $(lost)" [ "$(lost)" -gt 0 ]
same 'and has the newest' "$(shown)" 8192
kill -INT "$follower"
check 'it ends well' wait "$follower"
check 'memory is admitted all the same' in_tenant acme dd "if=$node" of=/dev/null bs=4k count=1
allow out "$PEER" udp 7001
same 'flows go on' "$(try acme "sendto s $PEER 7001 c; recv s")" c
same 'flows begin' "$(try acme "socket y udp4; sendto y $PEER 7001 d; recv y")" d
refused 'denials stay' 'not permitted' try acme "connect t $OTHER 7006"
refused "another's memory too" 'Permission denied' in_tenant globex cat "$node"
follow "$work/live"
try acme "connect t $OTHER 7007" >/dev/null
within 'and it takes events' 60 grep -q '"remote_port":7007' "$work/live"
kill -INT "$follower"
wait "$follower"
finish
