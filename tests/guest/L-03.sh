#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: the guard is upgraded to another build and back under live tenants: no gap, nothing broken, nothing lost
# fresh
# timeout: 900
# The other build is the same source with other maps: fields were added in front of
# structs, so that its maps are of other shapes and their entries are converted.
. /tests/guest/memory.sh
. /tests/guest/lib-net.sh

: "${UPGRADES:=4}" # and as many that are killed at a place of their own
STEPS=10            # where an upgrade can be told to stop: see guard_upgrade.c
FLOOD=7200

flood() {
	local name=$1 cgroup=$2 netns=$3 to=$4
	shift 4
	go_to "$cgroup" "$netns" net-flood "$work/$name.counts" "$to" $FLOOD "flood-$name-" "$@" &
}
arrived() { grep -c -- "flood-$2-" "$work/$1.log"; }
floods_arrived() { echo "$(arrived outside connected) $(arrived outside sendto) $(arrived inside inbound)"; }
field() { cut -d' ' -f"$2" "$work/$1"; }

# The number of the last message of a conversation, and that it goes on from there.
goes_on() {
	local before
	before=$(field "$1.echo" 1)
	within "$2: the $1 conversation goes on" 60 further "$1" "$before"
}
further() { [[ $(cat "$work/$1.echo") != *broken* ]] && [ "$(field "$1.echo" 1)" -gt $(($2 + 2)) ]; }
whole() { [[ $(cat "$work/$1.echo") != *broken* ]]; }

net_up
memory_up
make_tenant acme --address "$ACME,$ACME6"
make_tenant globex
make_region acme/weights
mkdir -p "$work/policies"
allow out "$PEER" tcp 7301
allow out "$PEER" udp 7302
allow out "$PEER" udp $FLOOD
allow in "$PEER" udp $FLOOD
must cloison net allow globex in tenant:acme tcp 80
go_to "$CGROUPS" outside net-echo serve 7301 >"$work/serve-tcp" &
go_to "$CGROUPS" outside net-echo serve 7302 >"$work/serve-udp" &
within 'the server outside is ready' 20 grep -q ready "$work/serve-tcp"
within 'and the other' 20 grep -q ready "$work/serve-udp"
witness inside "$WALLED" acme udp:$FLOOD
flood connected "$WALLED" acme "$PEER" connected
flood sendto "$WALLED" acme "$PEER"
flood inbound "$CGROUPS" outside "$ACME"
within 'control: allowed, the floods arrive outside' 30 grep -q flood-sendto- "$work/outside.log"
within 'control: and inside' 30 grep -q flood-inbound- "$work/inside.log"
forbid 4
forbid 3
settle
floods_before=$(floods_arrived)

go_to "$WALLED" acme net-echo talk tcp "$PEER" 7301 "$work/tcp.echo" &
go_to "$WALLED" acme net-echo talk udp "$PEER" 7302 "$work/udp.echo" &
within 'the conversations have begun' 30 [ -s "$work/tcp.echo" ]
within 'both of them' 30 [ -s "$work/udp.echo" ]
begin toucher in_tenant acme region-try open:rw:/dev/cloison/acme/weights map:rw fill:5a where say:ready hold:3600
until_printed toucher ready
# What only the LSM and the module refuse, by another tenant.
toucher_pid=$(pid_in toucher)
within_cgroup "$PEN/globex" deny-flood "$work/denied" /dev/cloison/acme/weights "$toucher_pid" &
within 'another tenant tries what is not its own' 30 [ -s "$work/denied" ]

rules_before=$(cloison net list acme -j | jq -S 'map(del(.hits))')
addresses_before=$(cloison net show acme 2>/dev/null || cloison tenant show acme)
other=/usr/lib/cloison-tests/cloison-other
command_of() { if [ "$1" = other ]; then echo "$other"; else echo cloison; fi; }

# ---- there and back --------------------------------------------------------------

check 'the other build is another' test "$(cloison guard show -j | jq -r .own_build)" != "$("$other" guard show -j | jq -r .own_build)"
refused 'a command of the other build does not read the maps of this one' \
	"guard load' to upgrade it in place" "$other" net list acme
now=own
for ((i = 1; i <= UPGRADES; i++)); do
	next=other
	[ $now = own ] || next=own
	check "upgrade $i, to the $next build" "$(command_of $next)" guard load
	now=$next
	check "upgrade $i: the guard is whole" "$(command_of $now)" guard show
done
[ $now = own ] || must cloison guard load
same 'the rules are those of before' "$(cloison net list acme -j | jq -S 'map(del(.hits))')" "$rules_before"
refused 'and the other build again does not read them' 'upgrade it in place' "$other" net list acme
goes_on tcp "after $UPGRADES upgrades"
goes_on udp "after $UPGRADES upgrades"

# ---- killed at each place ------------------------------------------------------------

# The one that was killed goes on, or the build that was in force before goes back.
now=own
for ((step = 1; step <= STEPS; step++)); do
	for mends in forwards backwards; do
		next=other
		[ $now = own ] || next=own
		CLOISON_STOP=$step "$(command_of $next)" guard load >"$work/output" 2>&1
		same "killed at step $step on the way to the $next build" $? 137
		[ $mends = backwards ] || now=$next
		check "killed at step $step: a load of the $now build goes through" "$(command_of $now)" guard load
		check "killed at step $step: the guard is whole then" "$(command_of $now)" guard show
	done
	goes_on tcp "killed at step $step"
done
[ $now = own ] || must cloison guard load

# ---- what came of it -----------------------------------------------------------------

same 'the rules are those of before' "$(cloison net list acme -j | jq -S 'map(del(.hits))')" "$rules_before"
same 'so is the tenant' "$(cloison net show acme 2>/dev/null || cloison tenant show acme)" "$addresses_before"
goes_on tcp 'at the end'
goes_on udp 'at the end'
check 'the TCP connection never broke' whole tcp
check 'nor did the UDP one' whole udp
check 'the mapping lives: no SIGBUS' kill -0 "$toucher_pid"
same 'of the floods nothing arrived' "$(floods_arrived)" "$floods_before"
check 'though they went on' [ "$(field connected.counts 2)" -ge 100 ]
check 'another tenant tried all the time' [ "$(field denied 1)" -ge 100 ]
same 'and got no packet socket' "$(field denied 2)" 0
same 'nor the region' "$(field denied 3)" 0
finish
