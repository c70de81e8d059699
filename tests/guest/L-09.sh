#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: guard load and tenant add without memory: whole or undone, and said
# fresh
# timeout: 900
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-pen.sh

show() { cloison guard show --json | jq -r "$1"; }
# The kinds of bpf(2) that make something.
MAP_CREATE=0 PROG_LOAD=5 LINK_CREATE=28

# whole_or_undone WHAT: nothing is loaded, or all of it
whole_or_undone() {
	case $(show '"\(.loaded) \(.whole) \(.held)"') in
	'false false 0' | 'true true '*) ;;
	*)
		not_ok "$1: $(show '"\(.loaded) \(.whole) \(.held) \(.problem)"')"
		return
		;;
	esac
}

net_up
must modprobe cloison
check 'control: loaded with all the memory there is' cloison guard load
must cloison guard unload

# ---- each call of a kind that fails ---------------------------------------------------

# fails KIND EVERY COMMAND...: the 1st, 1+EVERYth ... call of the kind fails
fails() {
	local kind=$1 every=$2 n=1 status told=0 tried=0
	shift 2
	while :; do
		status=0
		bpf-nth fail "$kind" $n "$@" >"$work/output" 2>&1 || status=$?
		[ "$status" != 99 ] || break
		tried=$((tried + 1))
		whole_or_undone "call $n of kind $kind"
		if [ "$status" = 0 ]; then
			must "${undo[@]}"
		elif [ -s "$work/output" ]; then
			told=$((told + 1))
		else
			not_ok "call $n of kind $kind: it failed without a word"
		fi
		n=$((n + every))
	done
	must "${undo[@]}"
	# A program that does not load libbpf tries to load once more, so that one failure is none.
	[ "$kind" != $PROG_LOAD ] || told=$tried
	check "kind $kind: $tried calls failed, one each time, and were told" [ "$told" -gt 0 ]
}

undo=(cloison guard unload)
fails $MAP_CREATE 7 cloison guard load
fails $PROG_LOAD 29 cloison guard load
fails $LINK_CREATE 7 cloison guard load
same 'none of that left anything' "$(show '"\(.loaded) \(.held)"')" 'false 0'
check 'the next load is whole' cloison guard load

# ---- a tenant ----------------------------------------------------------------------------

rush_begin acme "$WALLED" acme
undo=(cloison tenant remove acme --force)
must mkdir -p "$WALLED"
fails $MAP_CREATE 1 cloison tenant add acme --quota 64M --cgroup "$WALLED" --adopt
# To undo it takes the directory too.
must mkdir -p "$WALLED"
rush_goes_on 'who entered meanwhile was refused' acme
check 'the next one is made' cloison tenant add acme --quota 64M --cgroup "$WALLED" --adopt
rush_goes_on 'and denies too' acme
rush_end acme
same 'nothing arrived' "$(rush_arrived acme)" 0
must cloison tenant remove acme --force

# ---- in a cgroup without memory --------------------------------------------------------------

must cloison guard unload
if ! echo +memory >"$CGROUPS/cgroup.subtree_control"; then
	note 'this kernel has no memory controller'
	finish
fi
must mkdir "$CGROUPS/small"
for megabytes in 2 8 16 32; do
	echo ${megabytes}M >"$CGROUPS/small/memory.max"
	status=0
	(echo "$BASHPID" >"$CGROUPS/small/cgroup.procs"; exec cloison guard load) >"$work/output" 2>&1 || status=$?
	if [ "$status" = 0 ]; then
		same "$megabytes MiB: loaded, and whole" "$(show .whole)" true
		must cloison guard unload
	else
		note "$megabytes MiB: ended with $status: $(tail -n 1 "$work/output")"
		# One that was killed may leave something, which the next one takes for nothing.
		refused "$megabytes MiB: not loaded, so nobody is admitted" 'no guard is attached' \
			cloison tenant add acme --quota 1M
	fi
done
check 'with all the memory there is it is loaded' cloison guard load
check 'and whole' cloison guard show
finish
