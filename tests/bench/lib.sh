# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the rows of the benchmark share; runs in the virtual host, over the
# guest tests' library. A subject is a file tests/bench/SUBJECT.sh:
#
#   measured COMMAND...      the command prints "SERIES NUMBER" lines, one a run
#   row NAME UNIT DIVISOR OURS PEER PEER_NAME AIM
#   left_out PEER REASON     that there is none here; its rows are left out
#
# row writes one line of the result: the medians of the series OURS and PEER, in
# UNIT, which is the series' own divided by DIVISOR, and ours / peer as the
# ratio. PEER is a series, or a number in UNIT that ours is held against. AIM is
# what the ratio should be: "<= 1.03", or "-" for a row that has none.

. /tests/guest/lib.sh
trap bench_ended EXIT

ROWS=/host/rows
# shellcheck disable=SC2034 # for the subjects
RUNS=${BENCH_RUNS:-9}
SERIES=$work/series
mkdir -p "$SERIES"

# Counted by nobody: a subject that cannot go on says why and fails the run.
bench_ended() {
	local status=$?
	rm -rf "$work"
	exit "$status"
}

measured() {
	local series number lines
	lines=$("$@") || { echo "bench: failed: $*" >&2; exit 1; }
	while read -r series number; do
		echo "$number" >>"$SERIES/$series"
	done <<<"$lines"
}

# median SERIES: the middle one, or of two the lower.
median() {
	local sorted
	mapfile -t sorted < <(sort -n "$SERIES/$1")
	echo "${sorted[$(((${#sorted[@]} - 1) / 2))]}"
}

declare -A absent=()
left_out() {
	absent[$1]=1
	echo "$1: $2" | tee -a /host/left-out
}

row() {
	local name=$1 unit=$2 divisor=$3 ours=$4 peer=$5 peer_name=$6 aim=$7 runs
	[ -z "${absent[$peer_name]-}" ] || return 0
	runs=$(wc -l <"$SERIES/$ours")
	ours=$(median "$ours")
	[ ! -e "$SERIES/$peer" ] || peer=$(jq -n "$(median "$peer") / $divisor")
	jq -cn --arg name "$name" --arg unit "$unit" --arg peer_name "$peer_name" --arg aim "$aim" \
		--argjson ours "$ours" --argjson divisor "$divisor" --argjson peer "$peer" \
		--argjson runs "$runs" '
		($ours / $divisor) as $ours | ($ours / $peer) as $ratio
		| def rounded: . * 1000 | round / 1000;
		{name: $name, ours: ($ours | rounded), peer: ($peer | rounded),
		 peer_name: $peer_name, ratio: ($ratio | rounded), unit: $unit, runs: $runs}
		+ if $aim == "-" then {aim: null, aim_met: null}
		  elif $aim | startswith("<= ") then
			{aim: "ratio \($aim)", aim_met: ($ratio <= ($aim[3:] | tonumber))}
		  else error("an aim is \"<= NUMBER\" or \"-\"") end' >>"$ROWS"
}
