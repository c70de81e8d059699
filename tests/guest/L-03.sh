#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: the guard is upgraded to another build and back under live tenants: no gap, nothing broken, nothing lost
# fresh
# kernel: maxcpus=1
# timeout: 2400
# The other build is the same source with other maps: fields were added in front of
# structs, so that its maps are of other shapes and their entries are converted.
# With one processor: code of the kernel is patched here under floods, and an emulated
# processor may still see the breakpoint after another has taken it away.
. /tests/guest/memory.sh
. /tests/guest/lib-net.sh

: "${UPGRADES:=2}" # that nothing disturbs; in the long set some are killed at a place of their own too
# Where they are told to stop, as guard_upgrade.c numbers it, and which build mends it:
# the one that was coming, or the one that was in force.
: "${STOPS:=}"
# From where on no pin can be made, counted from that of the record.
: "${PINS_FAIL:=}"
FLOOD=7200
# The one processor has an upgrade to do too: what goes on beside it takes what that leaves.
export FLOOD_PAUSE=10

flood() {
	local name=$1 cgroup=$2 netns=$3 to=$4
	shift 4
	go_to "$cgroup" "$netns" nice -n 19 net-flood "$work/$name.counts" "$to" $FLOOD "flood-$name-" "$@" &
}
arrived() { grep -c -- "flood-$2-" "$work/$1.log"; }
floods_arrived() { echo "$(arrived outside connected) $(arrived outside sendto) $(arrived inside inbound)"; }
field() { cut -d' ' -f"$2" "$work/$1"; }

# talk NAME NETWORK ADDRESS PORT: a conversation of acme's, which goes on to the end.
talk() {
	go_to "$WALLED" acme nice -n 19 net-echo talk "$2" "$3" "$4" "$work/$1.echo" &
	within "the conversation has begun: $1" 30 [ -s "$work/$1.echo" ]
}
further() { [[ $(cat "$work/$1.echo") != *broken* ]] && [ "$(field "$1.echo" 1)" -gt $(($2 + 2)) ]; }
# go_on WHEN: all of them do, from where they are.
go_on() {
	local name
	for name in tcp udp home; do
		within "$1: the $name conversation goes on" 60 further "$name" "$(field "$name.echo" 1)"
	done
}
whole() { [[ $(cat "$work/$1.echo") != *broken* ]]; }

by() { in_tenant "$1" shared-try "${@:2}"; }

# What tenants have, but for what counts on.
belongings() {
	cloison net list acme -j | jq -S 'map(del(.hits))'
	cloison net list globex -j | jq -S 'map(del(.hits))'

	cloison tenant show acme | grep -v '^counters\|^bytes'
	cloison tenant device-list acme
	cloison region list -j
	cloison region measure acme/model
	cloison pen list
	nsenter --net=/run/netns/outside cloison net devices
}
# How many programs, links and maps the kernel has, and how many the module holds.
# objects COMMAND
objects() { echo "$(bpftool prog show | grep -c cloison) $(bpftool link show | grep -c '^[0-9]') $(bpftool map show | grep -c cloison) $("$1" guard show -j | jq .held)"; }
objects_are() { [ "$(objects "$1")" = "$2" ] || { echo "$(objects "$1") instead of $2"; return 1; }; }

# ---- two tenants with all that tenants have ------------------------------------------

net_up
memory_up
make_tenant acme --address "$ACME,$ACME6"
make_tenant globex
make_region acme/weights
head -c 2M /dev/urandom >"$work/model"
make_region acme/model 2M
must cloison region load "$work/model" acme/model
must cloison region seal acme/model
must cloison net allow globex in tenant:acme tcp 80
must cloison net claim acme acme
must cloison tenant device-allow acme 10:229
must cloison tenant limit acme --bandwidth-out 1G/second --connections-in 1000/second
allow out "$PEER" tcp 7301
allow out "$PEER" udp 7302
allow out "$PEER" udp $FLOOD
allow in "$PEER" udp $FLOOD
must nsenter --net=/run/netns/outside cloison net attach acme wire --mac "$ACME_MAC"
for place in "tcp $CGROUPS outside 7301" "udp $CGROUPS outside 7302" "home $WALLED acme 7303"; do
	read -r name cgroup netns port <<<"$place"
	go_to "$cgroup" "$netns" net-echo serve "$port" >"$work/serve-$name" &
	within "a server is ready: $name" 20 grep -q ready "$work/serve-$name"
done
witness inside "$WALLED" acme udp:$FLOOD
flood connected "$WALLED" acme "$PEER" connected
flood sendto "$WALLED" acme "$PEER"
flood inbound "$CGROUPS" outside "$ACME"
within 'control: allowed, the flood of a connected socket arrives outside' 30 grep -q flood-connected- "$work/outside.log"
within 'control: and that of one that is not' 30 grep -q flood-sendto- "$work/outside.log"
within 'control: and inside' 30 grep -q flood-inbound- "$work/inside.log"
forbid 4
forbid 3
settle
floods_before=$(floods_arrived)

talk tcp tcp "$PEER" 7301
talk udp udp "$PEER" 7302
# Its network is acme's alone, so that no rule is needed there, and no other is let in.
talk home tcp 127.0.0.1 7303
begin toucher in_tenant acme nice -n 19 region-try open:rw:/dev/cloison/acme/weights map:rw fill:5a where say:ready hold:3600
until_printed toucher ready
toucher_pid=$(pid_in toucher)
memory=$(by acme make shm)
# What only the LSM and the module refuse, by another tenant.
within_cgroup "$PEN/globex" nice -n 19 deny-flood "$work/denied" /dev/cloison/acme/weights "$toucher_pid" &
within 'another tenant tries what is not its own' 30 [ -s "$work/denied" ]

before=$(belongings)
objects_before=$(objects cloison)
passed_before=$(counted acme 0 passed)
other=/usr/lib/cloison-tests/cloison-other
command_of() { if [ "$1" = other ]; then echo "$other"; else echo cloison; fi; }

# What a build does not know may mean anything: as if a later one had used the field
# that only it has.
first_tenant=$PINS/maps/cloison_tenants
entry() { bpftool -j map dump pinned "$first_tenant" | jq -r ".[0].$1 | map(sub(\"0x\"; \"\")) | join(\" \")"; }
use_field() {
	local key value
	key=$(entry key) value=$(entry value)
	# shellcheck disable=SC2086 # bytes, each a word
	must bpftool map update pinned "$first_tenant" key hex $key value hex $1 ${value#* }
}
refuses_what_it_does_not_know() {
	within 'programs, links and maps are as many as those of the build before' 300 objects_are "$other" "$objects_before"
	use_field 01
	refused 'a build does not take over what it does not know' 'this build does not know' cloison guard load
	check 'and the guard in force is whole' "$other" guard show
	within 'with as many of them as before' 300 objects_are "$other" "$objects_before"
	use_field 00
}

# ---- there and back ------------------------------------------------------------------

refused 'a command of the other build reads no map of this one, and says what to do' \
	"guard load' to upgrade it in place" "$other" net list acme
refused 'and shows no guard of this one' "guard load' to upgrade it in place" "$other" guard show
now=own
for ((i = 1; i <= UPGRADES; i++)); do
	next=other
	[ $now = own ] || next=own
	[ $i != 2 ] || refuses_what_it_does_not_know
	check "upgrade $i, to the $next build" "$(command_of $next)" guard load
	refused "upgrade $i: the $now build reads nothing now" 'upgrade it in place' "$(command_of $now)" net list acme
	now=$next
	check "upgrade $i: the guard is whole" "$(command_of $now)" guard show
	check "upgrade $i: acme's System V memory is its own" by acme use shm "$memory"
	refused "upgrade $i: and not globex's" 'Permission denied' by globex use shm "$memory"
done
[ $now = own ] || must cloison guard load
go_on "after $UPGRADES upgrades"
same 'each tenant has what it had' "$(belongings)" "$before"
within 'programs, links and maps are as many as before' 300 objects_are cloison "$objects_before"
check "what was counted is counted on" [ "$(counted acme 0 passed)" -ge "$passed_before" ]
begun=${EPOCHREALTIME/./}
check 'a load of the same build' cloison guard load
note "it took $(((${EPOCHREALTIME/./} - begun) / 1000)) ms"
same 'and it had nothing to do' "$(objects cloison)" "$objects_before"

# ---- killed on its way -----------------------------------------------------------------

now=own
for stop in $STOPS; do
	step=${stop%:*}
	next=other
	[ $now = own ] || next=own
	CLOISON_STOP=$step "$(command_of $next)" guard load >"$work/output" 2>&1
	same "killed at step $step on the way to the $next build" $? 137
	case $step in
	# Nothing is held of it yet, or all that was held is in its place.
	1 | 2 | 10) ;;
	*) refused "killed at step $step: no command goes on beside it" "guard load'" "$(command_of $now)" net list acme ;;
	esac
	[ "${stop#*:}" = back ] || now=$next
	check "killed at step $step: a load of the $now build goes through" "$(command_of $now)" guard load
	check "killed at step $step: the guard is whole then" "$(command_of $now)" guard show
	check "killed at step $step: acme's System V memory is its own" by acme use shm "$memory"
	go_on "killed at step $step"
done
[ $now = own ] || must cloison guard load

# ---- pins that fail ----------------------------------------------------------------------

# Each object of the new build is pinned as the next one, then the record, which decides,
# then each again by its own name.
if [ -n "$PINS_FAIL" ]; then
	read -ra calls < <(bpf-nth count "$other" guard load 2>&1 >"$work/output" | tail -n 1)
	record=$(((calls[6] + 1) / 2))
	must cloison guard load
fi
for offset in $PINS_FAIL; do
	bpf-nth starve 6 $((record + offset)) "$other" guard load >"$work/output" 2>&1
	note "no pin from $offset behind the record's on: exit status $?"
	now=other
	"$other" guard load >"$work/output" 2>&1 || { now=own; must cloison guard load; }
	check "pins fail at $offset: the guard is whole after the next load, of the $now build" "$(command_of $now)" guard show
	go_on "pins fail at $offset"
	[ $now = own ] || must cloison guard load
done

# ---- what came of it ---------------------------------------------------------------------

go_on 'at the end'
same 'each tenant has what it had, after all of them' "$(belongings)" "$before"
within 'programs, links and maps are as many as before all of them' 300 objects_are cloison "$objects_before"
for name in tcp udp home; do check "the $name conversation never broke" whole $name; done
check 'the mapping lives: no SIGBUS' kill -0 "$toucher_pid"
# What was sent is over the wire by now. Who reads all that came there has long to read.
nap 1
same 'of the floods nothing arrived' "$(floods_arrived)" "$floods_before"
check 'though they went on' [ "$(field connected.counts 2)" -ge 100 ]
check 'another tenant tried all the time' [ "$(field denied 1)" -ge 100 ]
same 'and got no packet socket' "$(field denied 2)" 0
same 'nor the region' "$(field denied 3)" 0
same 'nor a trace of the process' "$(field denied 4)" 0
finish
