# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # as in lib-net.sh
# Tasks that enter a cgroup all the while; source it after lib-net.sh.

RUSH_PORT=7002 # the witness listens there, and no rule allows it
declare -A rush_pid

# rush_begin NAME CGROUP NETNS: from now on, again and again, a task enters the
# cgroup, if it is there, and sends to the witness outside at once.
rush_begin() {
	rm -f "$work/rush-$1".*
	# shellcheck disable=SC2016 # for the inner shell
	go_to "$OPEN" "$3" bash -c '
		sent=0 refused=0
		while [ ! -e "$0.end" ]; do
			said=$(
				{ echo "$BASHPID" >"$1/cgroup.procs"; } 2>/dev/null || exit
				net-sock "socket s udp4; sendto s $2 $3 $4" 2>&1
			) && sent=$((sent + 1))
			[[ $said != *"not permitted"* ]] || refused=$((refused + 1))
			echo "$sent $refused" >"$0.new"
			mv "$0.new" "$0.counts"
		done
	' "$work/rush-$1" "$2" "$PEER" $RUSH_PORT "rush-$1-" &
	rush_pid[$1]=$!
}

# rush_refused NAME: how often it was in there, and was refused
rush_refused() { cut -d' ' -f2 "$work/rush-$1.counts" 2>/dev/null || echo 0; }
rush_is_refused() { [ "$(rush_refused "$1")" -gt "${2:-0}" ]; }

# rush_goes_on WHAT NAME: it is refused once more at least
rush_goes_on() {
	local before
	before=$(rush_refused "$2")
	within "$1" 60 rush_is_refused "$2" "${before:-0}"
}

rush_end() {
	: >"$work/rush-$1.end"
	wait "${rush_pid[$1]}" 2>/dev/null
}

rush_arrived() { grep -c -- "rush-$1-" "$work/outside.log"; }
