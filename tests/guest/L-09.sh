#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: guard load and tenant add without memory: whole or undone, and said
# fresh
# timeout: 1200
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-pen.sh

# Of the maps each sixth fails here; in the long set each of them, and more programs.
: "${EVERY:=6}"
some=$((EVERY == 1 ? 2 : 6))

# The kinds of bpf(2) that make something.
MAP_CREATE=0 PROG_LOAD=5 LINK_CREATE=28

state() { cloison guard show --json | jq -r '"\(.loaded) \(.whole) \(.held)"'; }

# whole_or_undone WHAT STATUS: after a command that ended so
whole_or_undone() {
	local now
	now=$(state)
	case $2,$now in
	0,'true true '*) must cloison guard unload ;;
	[1-9]*,'false false 0')
		[ -s "$work/said" ] || not_ok "$1: it failed without a word"
		;;
	*) not_ok "$1: status $2, then $now" ;;
	esac
}

net_up
must modprobe cloison
read -r -a calls < <(bpf-nth count cloison guard load 2>&1 >"$work/output" | tail -n 1)
same 'control: loaded with all the memory there is' "$(state | cut -d' ' -f1,2)" 'true true'
must cloison guard unload
maps=${calls[MAP_CREATE]} programs=${calls[PROG_LOAD]} links=${calls[LINK_CREATE]}
note "it makes $maps maps, $programs programs, $links links, attempts to learn what the kernel can included"
check 'the counts are of this world' [ "$maps" -gt 30 -a "$programs" -gt 40 -a "$links" -gt 30 ]

# ---- guard load ---------------------------------------------------------------------------

# from KIND NTH: no call of the kind succeeds any more from the nth on
from() {
	local status=0
	bpf-nth starve "$1" "$2" cloison guard load >"$work/said" 2>&1 || status=$?
	[ "$status" != 99 ] || not_ok "there was no call $2 of kind $1"
	whole_or_undone "from call $2 of kind $1 on" "$status"
	[ "$status" != 0 ] || succeeded=$((succeeded + 1))
}

# Maps are made before programs are verified, so each of them can fail; of what takes
# its time some do, among them the first and the last. libbpf asks the kernel what it
# can by a call that may fail: one of each kind at most is not needed.
succeeded=0
for ((n = 1; n <= maps; n += EVERY)); do from $MAP_CREATE "$n"; done
check "without memory for a map, of $maps from each one of $EVERY on: nothing is loaded" [ "$succeeded" -le 1 ]
succeeded=0
for ((i = 0; i <= 6; i += some)); do from $PROG_LOAD $((1 + i * (programs - 1) / 6)); done
check "without memory for programs: nothing is loaded" [ "$succeeded" -le 1 ]
succeeded=0
for ((i = 0; i <= 6; i += some)); do from $LINK_CREATE $((1 + i * (links - 1) / 6)); done
check "without memory for links: nothing is loaded" [ "$succeeded" -le 1 ]
check 'the next load is whole' cloison guard load

# ---- tenant add -----------------------------------------------------------------------------

rush_begin acme "$WALLED" acme
must mkdir -p "$WALLED"
add=(cloison tenant add acme --quota 64M --cgroup "$WALLED" --adopt)
known() { cloison tenant show acme >"$work/known" 2>&1; }
# The kinds of bpf(2): 2 writes an entry.
for kind in $MAP_CREATE 2; do
	told=0
	for ((n = 1; ; n++)); do
		status=0
		bpf-nth fail "$kind" "$n" "${add[@]}" >"$work/said" 2>&1 || status=$?
		[ "$status" != 99 ] || break
		if [ "$status" = 0 ]; then
			check "call $n of kind $kind was not needed: there is a tenant" known
		else
			check "call $n of kind $kind fails: there is none" eval '! known'
			check "call $n of kind $kind fails: and it is said" [ -s "$work/said" ]
			told=$((told + 1))
		fi
		! known || must cloison tenant remove acme --force
		must mkdir -p "$WALLED"
		rush_goes_on "call $n of kind $kind fails: who enters then is refused" acme
	done
	check "kind $kind: $told calls were needed" [ "$told" -gt 0 ]
	must cloison tenant remove acme --force
	must mkdir -p "$WALLED"
done
check 'the next one is made' "${add[@]}"
rush_goes_on 'and denies too' acme
rush_end acme
same 'nothing arrived' "$(rush_arrived acme)" 0
must cloison tenant remove acme --force

# ---- in a cgroup with too little memory --------------------------------------------------------

must cloison guard unload
if ! echo +memory >"$CGROUPS/cgroup.subtree_control"; then
	note 'this kernel has no memory controller'
	finish
fi
must mkdir "$CGROUPS/small"
for megabytes in 2 16; do
	echo ${megabytes}M >"$CGROUPS/small/memory.max"
	status=0
	place "$CGROUPS/small" acme cloison guard load >"$work/said" 2>&1 || status=$?
	if [ "$status" = 0 ]; then
		same "$megabytes MiB: loaded, and whole" "$(state | cut -d' ' -f1,2)" 'true true'
		must cloison guard unload
	else
		note "$megabytes MiB: ended with $status: $(tail -n 1 "$work/said")"
		# One that was killed may leave something, which the next load clears away.
		refused "$megabytes MiB: not loaded, so no tenant is made" 'no guard is attached' \
			cloison tenant add acme --quota 1M
	fi
done
check 'with all the memory there is it is loaded' cloison guard load
same 'and whole' "$(state | cut -d' ' -f1,2)" 'true true'
finish
