#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: kills of what changes the guard: the old policy or the new one, and what is denied never passes
# fresh
# kernel: maxcpus=1
# timeout: 1800
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

: "${KILLS:=40}"            # of all commands; make kills: 300
FLOOD=7200                  # what no policy allows while anything is killed
PORTS=(7101 7102 7103 7104) # policy a allows the odd ones, b the even
declare -A length kills done_before tried said
declare -A allows=([a]=1010 [b]=0101)

# ---- the commands that are killed -----------------------------------------------

now() { moment=${EPOCHREALTIME/./}; }

# timed KIND UNDO COMMAND...: how long it takes by itself; UNDO comes after it.
timed() {
	local kind=$1 undo=$2 begin moment
	shift 2
	now; begin=$moment
	must "$@"
	now; length[$kind]=$((moment - begin))
	# shellcheck disable=SC2086 # its words
	must $undo
}

# strike KIND COMMAND...: kills it on its way, each time in the next tenth of its
# length. Fails if it had come to its end; $tenth is where it was.
strike() {
	local kind=$1 begin moment at child status=0
	shift
	tried[$kind]=$((${tried[$kind]-0} + 1))
	tenth=$((tried[$kind] % 10))
	at=$(((tenth * 32768 + RANDOM) * length[$kind] / 327680))
	now; begin=$moment
	"$@" >"$work/output" 2>&1 &
	child=$!
	now; at=$((at - (moment - begin)))
	[ "$at" -le 0 ] || nap "$(printf '%d.%06d' $((at / 1000000)) $((at % 1000000)))"
	now; tenth=$(((moment - begin) * 10 / length[$kind]))
	[ "$tenth" -le 10 ] || tenth=10
	kill -9 "$child" 2>/dev/null
	wait "$child" 2>/dev/null || status=$?
	# As fast as the machine is now, so that kills go on to fall all over it.
	[ "$status" = 137 ] || { length[$kind]=$((length[$kind] * 97 / 100)); return 1; }
	[ "$tenth" -lt 9 ] || length[$kind]=$((length[$kind] * 103 / 100))
	kills[$kind]=$((${kills[$kind]-0} + 1))
	said[$kind:$tenth]=$((${said[$kind:$tenth]-0} + 1))
}

# enough KIND COUNT: whether so many of 200 were killed, or it is no use to go on.
enough() {
	local wanted=$(((KILLS * $2 + 199) / 200))
	[ "${kills[$1]-0}" -ge "$wanted" ] || [ "${tried[$1]-0}" -ge $((3 * wanted)) ]
}

# ---- what is in force --------------------------------------------------------------

policy() {
	local port
	for port in "${@:2}"; do
		printf '[rule port-%s]\nDirection=out\nAction=allow\nPeer=%s\nProtocol=udp\nPorts=%s\n' \
			"$port" "$PEER" "$port"
	done >"$work/$1"
}

# probe: $pattern has a 1 for each of the ports that is let through, 0 that is not.
probes=0 answered=()
probe() {
	local port word reply
	pattern=''
	probes=$((probes + 1))
	for port in "${PORTS[@]}"; do
		word=probe-$probes-$port-
		if call acme "socket s udp4; sendto s $PEER $port $word"; then
			pattern+='1'
			answered+=("$word")
		elif [[ $reply == *'not permitted'* ]]; then
			pattern+='0'
		else
			pattern+="($reply)"
		fi
	done
}

# listed: the same, as the kernel's rules say by the command.
listed() {
	local port rules
	rules=$(cloison net list acme 2>&1)
	for port in "${PORTS[@]}"; do
		[[ $rules == *"$port"* ]] && printf 1 || printf 0
	done
}

# What does not hold is told at once, and counted.
broken=0
holds() {
	[ "$2" != "$3" ] || return 0
	broken=$((broken + 1))
	note "$1: $2 instead of $3"
}

# unchanged WHAT: the policy is still $state.
unchanged() {
	local pattern
	probe
	holds "$1" "$pattern" "${allows[$state]}"
}

# ---- what must not pass ------------------------------------------------------------

flood() {
	local name=$1 cgroup=$2 netns=$3 to=$4
	shift 4
	go_to "$cgroup" "$netns" net-flood "$work/$name.counts" "$to" $FLOOD "flood-$name-" "$@" &
}

arrived() { grep -c -- "flood-$2-" "$work/$1.log"; }
floods_arrived() { echo "$(arrived outside connected) $(arrived outside sendto) $(arrived inside inbound)"; }
# more WITNESS NAME COUNT
more() { [ "$(arrived "$1" "$2")" -gt "$3" ]; }
# all_arrive WHAT: each of the floods, from now on
all_arrive() {
	local earlier
	read -ra earlier <<<"$(floods_arrived)"
	within "$1: from a connected socket" 20 more outside connected "${earlier[0]}"
	within "$1: from one that is not" 20 more outside sendto "${earlier[1]}"
	within "$1: from outside" 20 more inside inbound "${earlier[2]}"
}

# counts NAME FIELD: how often it was tried (1), refused (2)
counts() { cut -d' ' -f"$2" "$work/$1.counts"; }

# ---- set up ------------------------------------------------------------------------

net_up
must modprobe cloison

# The first load: killed, it leaves nothing or a guard, and the next one a whole one.
timed first 'cloison guard unload' cloison guard load
until enough first 6; do strike first cloison guard load || must cloison guard unload; done
check 'after first loads that were killed the next is whole' cloison guard load
check 'and is shown' cloison guard show

# The same senders and sockets from here to the end.
make_tenant acme --address "$ACME,$ACME6"
session acme "$WALLED" acme
outside=(nsenter --net=/run/netns/outside cloison net)
# One device is attached all the while, so that the kernel never patches code for it under
# the floods. What an upgrade patches it cannot help, hence one processor: an emulated one
# may still see a breakpoint of the kernel's when another has taken it away.
must ip -n outside link add quiet type veth peer name quieter
must "${outside[@]}" attach acme quiet
allow out "$PEER" udp $FLOOD
allow in "$PEER" udp $FLOOD
witness inside "$WALLED" acme udp:$FLOOD
flood connected "$WALLED" acme "$PEER" connected
flood sendto "$WALLED" acme "$PEER"
flood inbound "$CGROUPS" outside "$ACME"
all_arrive 'control, allowed'
policy a 7101 7103
policy b 7102 7104
must cloison net set acme --file "$work/a"
nap 1
before=$(floods_arrived)
connected_before=$(counts connected 2) sendto_before=$(counts sendto 2)
inbound_before=$(counts inbound 1)
state=a
probe
same 'policy a is in force' "$pattern $(listed)" '1010 1010'
note "set up after $SECONDS s"

# ---- 150 kills of each 220 are of net set --------------------------------------------------------------

timed set true cloison net set acme --file "$work/a"
until enough set 150; do
	wanted=a
	[ $state = b ] || wanted=b
	whole=1
	strike set cloison net set acme --file "$work/$wanted" || whole=0
	probe
	case $pattern in
	"${allows[$wanted]}") state=$wanted ;;
	"${allows[$state]}") holds 'net set that came to its end' "$whole" 1 ;;
	*) holds 'net set killed' "$pattern" "1010 or 0101" ;;
	esac
	[ "$whole" = 1 ] || continue
	[ "$state" != "$wanted" ] || done_before[$tenth]=$((${done_before[$tenth]-0} + 1))
	holds 'net list after it' "$(listed)" "$pattern"
done
same 'each net set left the old policy or the new one, which net list shows' "$broken" 0
check 'the next change goes through' cloison net set acme --file "$work/b"
state=b
unchanged 'after net set'
note "net set after $SECONDS s"

# ---- 24 more are of guard load, 40 of others ----------------------------------------------------

# Of pins that are there or, at first and then each fourth time, are not.
timed load "rm -rf $PINS" cloison guard load
until enough load 24; do
	((${tried[load]-0} % 4)) || rm -rf "${PINS:?}"
	strike load cloison guard load
	unchanged 'guard load'
done
check 'a guard load mends what was left' cloison guard load
check 'and is shown' cloison guard show
same 'net list' "$(listed)" 0101
note "guard load after $SECONDS s"

timed quota true cloison tenant set acme --quota 9M
until enough quota 5; do
	strike quota cloison tenant set acme --quota $((8 + RANDOM % 8))M
	unchanged 'tenant set'
done
check 'the next quota is taken' cloison tenant set acme --quota 8M

# either PATTERN COMMAND...: it goes well, or says that it was done already
either() { "${@:2}" >"$work/output" 2>&1 || grep -Eq -- "$1" "$work/output"; }
timed attach "${outside[*]} detach acme wire" "${outside[@]}" attach acme wire
must "${outside[@]}" attach acme wire
timed detach "${outside[*]} attach acme wire" "${outside[@]}" detach acme wire
must "${outside[@]}" detach acme wire
until enough attach 5 && enough detach 5; do
	strike attach "${outside[@]}" attach acme wire
	unchanged 'net attach'
	either already "${outside[@]}" attach acme wire || holds 'net attach after it' "$(tail -n 1 "$work/output")" "a change"
	unchanged 'net attach after it'
	strike detach "${outside[@]}" detach acme wire
	unchanged 'net detach'
	either 'not attached' "${outside[@]}" detach acme wire || holds 'net detach after it' "$(tail -n 1 "$work/output")" "a change"
done

added() { cloison tenant add "$1" --quota 1M --cgroup "$PEN/$1"; }
removed() { cloison tenant remove "$1" --force; }
timed add 'removed some' added some
until enough add 5; do
	name=t${tried[add]-0}
	strike add cloison tenant add "$name" --quota 1M --cgroup "$PEN/$name"
	unchanged 'tenant add'
	either 'exists|behind the guard already' added "$name" || holds 'tenant add after it' "$(tail -n 1 "$work/output")" "a change"
	removed "$name" >"$work/output" 2>&1 || holds 'tenant remove after it' "$(tail -n 1 "$work/output")" "a change"
done
# While it moves the tenant is denied; the same once more ends it.
timed bind true cloison tenant bind acme --adopt
until enough bind 8; do
	strike bind cloison tenant bind acme --adopt
	probe
	[ "$pattern" = 0000 ] || holds 'tenant bind killed' "$pattern" "${allows[$state]}"
	either 'acme: cgroup' cloison tenant bind acme --adopt || holds 'tenant bind after it' "$(tail -n 1 "$work/output")" "a change"
	unchanged 'tenant bind after it'
done
# To another build, whose maps are of other shapes; the build in force before mends it.
upgrade() { strike upgrade /usr/lib/cloison-tests/cloison-other guard load; }
timed upgrade 'cloison guard load' /usr/lib/cloison-tests/cloison-other guard load
until enough upgrade 12; do
	upgrade
	unchanged 'an upgrade'
	cloison guard load >"$work/output" 2>&1 || holds 'guard load after it' "$(tail -n 1 "$work/output")" 'a whole guard'
	unchanged 'an upgrade that was mended'
done
check 'the guard is whole' cloison guard show
same 'net list' "$(listed)" 0101
same 'none of all these changed the policy, and the next of each went through' "$broken" 0

# ---- what came of it -----------------------------------------------------------------------

total=0
for kind in first set load quota attach detach add bind upgrade; do
	line=''
	for tenth in {0..10}; do line+=" ${said[$kind:$tenth]-0}"; done
	note "$kind: ${length[$kind]} us, killed ${kills[$kind]-0} of ${tried[$kind]-0}; by tenths of it, and later:$line"
	total=$((total + ${kills[$kind]-0}))
done
line=''
for tenth in {0..10}; do line+=" ${done_before[$tenth]-0}"; done
note "set: of these the new policy was in force:$line"
check "at least $KILLS were killed: $total" [ "$total" -ge "$KILLS" ]
same 'of the floods nothing arrived' "$(floods_arrived)" "$before"
nap 0.5
tries=$(($(counts connected 2) - connected_before))
check "though a connected socket tried, and was refused: $tries times" [ "$tries" -ge 1000 ]
tries=$(($(counts sendto 2) - sendto_before))
check "and one that is not: $tries" [ "$tries" -ge 1000 ]
tries=$(($(counts inbound 1) - inbound_before))
check "and one outside sent: $tries" [ "$tries" -ge 1000 ]
same 'what was let through is what came over the wire' \
	"$(grep -o 'probe-[0-9-]*' "$work/outside.log" | sort | uniq | md5sum)" \
	"$(printf '%s\n' "${answered[@]}" | sort | md5sum)"

allow out "$PEER" udp $FLOOD
allow in "$PEER" udp $FLOOD
all_arrive 'control, allowed again'
finish
