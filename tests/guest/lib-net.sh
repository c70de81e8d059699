# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2153,SC2154 # addresses are for the tests, $work is lib.sh's
# What the network tests share; source it after lib.sh. There is one wire:
#
#	netns acme   10.9.0.1  fd00:9::1  =====  netns outside  10.9.0.2  fd00:9::2
#	                                                        10.9.0.3  fd00:9::3
#
# In netns acme there are tasks of the tenant acme and, as the positive control,
# tasks of a cgroup without a wall: what those can do the wire does not prevent.
# The witness is outside: it writes down every frame that comes over the wire.

ACME=10.9.0.1 ACME6=fd00:9::1
PEER=10.9.0.2 PEER6=fd00:9::2
OTHER=10.9.0.3 OTHER6=fd00:9::3
ACME_MAC=02:00:00:00:00:01 PEER_MAC=02:00:00:00:00:02
WALLED=$PEN/acme
OPEN=$CGROUPS/open

declare -A session_in session_out session_pid
sequence=0 seen=() seen_part='' follower=''
crafted_what=() crafted_calls=() crafted_word=()
# A session that died fails its check, not the test's shell.
trap '' PIPE

# ---- the wire ---------------------------------------------------------------

# wire_end NETNS MAC ADDRESS... -- MAC ADDRESS...: its own, then its neighbours'.
wire_end() {
	local netns=$1 batch='link set lo up\nlink set wire up\n' mac=$2
	shift 2
	while [ "$1" != -- ]; do
		case $1 in
		# Not by itself taken for the source of what is sent.
		"$OTHER6") batch+="addr add $1/64 dev wire nodad preferred_lft 0\n" ;;
		*:*) batch+="addr add $1/64 dev wire nodad\n" ;;
		*) batch+="addr add $1/24 broadcast 10.9.0.255 dev wire\n" ;;
		esac
		shift
	done
	mac=$2
	shift 2
	while [ $# -gt 0 ]; do
		batch+="neigh replace $1 lladdr $mac dev wire nud permanent\n"
		shift
	done
	printf '%b' "$batch" | ip -n "$netns" -batch -
}

# carries NETNS DEVICE: its link is up, and a bridge that it is a port of forwards by
# it. Both happen some time after they were asked for.
carries() {
	local port
	[[ $(ip -n "$1" -o link show dev "$2") == *'state UP'* ]] || return
	port=$(bridge -n "$1" link show dev "$2")
	[ -z "$port" ] || [[ $port == *'state forwarding'* ]]
}

# wait_for_wires NETNS DEVICE...
wait_for_wires() {
	while [ $# -gt 0 ]; do
		until carries "$1" "$2"; do sleep 0.02; done
		shift 2
	done
}

in_netns() {
	local netns=$1
	shift
	nsenter "--net=/run/netns/$netns" "$@"
}

wire_up() {
	must ip netns add acme
	must ip netns add outside
	must ip link add wire address "$ACME_MAC" netns acme type veth \
		peer name wire address "$PEER_MAC" netns outside
	must in_netns acme sysctl -q -w net.ipv6.conf.all.router_solicitations=0 \
		net.ipv4.ping_group_range='0 2147483647'
	must in_netns outside sysctl -q -w net.ipv6.conf.all.router_solicitations=0 \
		net.ipv4.tcp_fastopen=3
	must wire_end acme "$ACME_MAC" "$ACME" "$ACME6" -- "$PEER_MAC" "$PEER" "$OTHER" "$PEER6" "$OTHER6"
	must wire_end outside "$PEER_MAC" "$PEER" "$OTHER" "$PEER6" "$OTHER6" -- \
		"$ACME_MAC" "$ACME" "$ACME6"
	wait_for_wires acme wire outside wire
	must mkdir -p "$OPEN"
}

# The guard, without a pool: what is tested here is not memory. Some tests have tasks
# and sockets below the pen before there is one, as controls of what it then stops.
guard_up() {
	must modprobe cloison
	must cloison guard load --adopt
}

# go_to CGROUP NETNS COMMAND...: this shell becomes the command there.
go_to() {
	local cgroup=$1 netns=$2
	shift 2
	echo "$BASHPID" >"$cgroup/cgroup.procs" || exit 125
	exec nsenter "--net=/run/netns/$netns" "$@"
}

# place CGROUP NETNS COMMAND...: run it there.
place() { (go_to "$@"); }

# ---- who tries ----------------------------------------------------------------

# session NAME CGROUP NETNS: a task there that makes socket calls on demand. It
# is made where it stays, so its sockets are that cgroup's. It answers an empty call
# once it is there: what follows finds it in its cgroup.
session() {
	local name=$1 in out reply
	must mkfifo "$work/$name.in" "$work/$name.out"
	go_to "$2" "$3" net-sock - <"$work/$name.in" >"$work/$name.out" &
	session_pid[$name]=$!
	exec {in}>"$work/$name.in" {out}<"$work/$name.out"
	session_in[$name]=$in session_out[$name]=$out
	call "$name" '' || :
}

# call SESSION CALLS: the answer of the last of them is in $reply.
call() {
	reply=''
	printf '%s\n' "$2" >&"${session_in[$1]}" || return 2
	if ! IFS= read -r -t $((30 * SLOW)) reply <&"${session_out[$1]}"; then
		reply="session $1 does not answer"
		return 2
	fi
	case $reply in
	ok*) reply=${reply#ok} reply=${reply# } ;;
	*) reply=${reply#error }; return 1 ;;
	esac
}

# try SESSION CALLS: prints the answer.
try() {
	local reply status=0
	call "$@" || status=$?
	[ -z "$reply" ] || printf '%s\n' "$reply"
	return "$status"
}

# ---- who sees -----------------------------------------------------------------

# witness NAME CGROUP NETNS SPEC...: a net-sink that writes $work/NAME.log
witness() {
	local name=$1 cgroup=$2 netns=$3 log=$work/$1.log
	shift 3
	go_to "$cgroup" "$netns" net-sink "$log" "$@" &
	must sink_is_ready "$log"
}

sink_is_ready() {
	local tries
	for tries in {1..600}; do
		! grep -qs '^ready' "$1" || return 0
		sleep 0.05
	done
	return 1
}

# wrote NAME PATTERN: whether that witness has.
wrote() { grep -Eq -- "$2" "$work/$1.log"; }
never_wrote() { ! wrote "$@"; }

# All that the tests of one direction need: the witness outside, with ports
# that answer, and a session without a wall.
net_up() {
	wire_up
	witness outside "$CGROUPS" outside udp:7001 udp:7002 tcp:7001 tcp:7002 frames:wire
	must mkfifo "$work/never"
	exec {seen_from}<"$work/outside.log" {never}<>"$work/never"
	session open "$OPEN" acme
	session outside "$CGROUPS" outside
}

# No program is started for what follows: it is done some hundred times a test.
nap() { read -rt "$1" -u "$never"; }

# look: reads what the witness outside has written since, into $seen.
look() {
	local line
	while IFS= read -r line <&"$seen_from"; do
		seen+=("$seen_part$line")
		seen_part=''
	done
	seen_part+=$line
}

# await PATTERN FROM: until it has been seen in line FROM or later; a minute, for
# hosts that have much else to do.
await() {
	local at=$2 end=$((${EPOCHREALTIME/./} + 60000000))
	while :; do
		look
		for (( ; at < ${#seen[@]}; at++)); do
			[[ ! ${seen[at]} =~ $1 ]] || return 0
		done
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		nap 0.02
	done
}

# settle: whatever was sent over the wire before has been seen. A datagram from
# outside the wall goes behind it and is waited for.
settle() {
	local from=${#seen[@]} reply
	sequence=$((sequence + 1))
	call open "socket fence udp4; sendto fence $PEER 7999 fence-$sequence-"
	await "fence-$sequence-" "$from" || not_ok "a datagram without a wall did not arrive"
	nap 0.03
	look
}

# What came over the wire from line $1 on is in $came, but for the fences and for
# what the kernel of a netns says by itself: ARP, neighbour and group discovery.
# What a test sends of these kinds has a word in it.
look_since() {
	local at own='^frame (0806|ip6 58 [^ ]+ (13[3-7]|143) |ip6 0 [^ ]+ 0 to ff02::16 |ip4 2 )'
	came=''
	for ((at = $1; at < ${#seen[@]}; at++)); do
		[[ ${seen[at]} != *fence-* ]] || continue
		[[ ! ${seen[at]} =~ $own || ${seen[at]} == *word-* ]] || continue
		came+=${seen[at]}$'\n'
	done
}

came_since() {
	local came
	look_since "$1"
	printf '%s' "$came"
}

# ---- attempts -----------------------------------------------------------------
# CALLS and ARRIVAL of an attempt have an @ where a word goes that no other has.

# leaks WHAT SESSION CALLS [ARRIVAL]: it works, and the witness has seen it. As
# the positive control of what then is stopped, or of what a rule lets pass.
leaks() {
	local what=$1 word arrival=${4:-@} reply from=${#seen[@]}
	sequence=$((sequence + 1))
	word=word-$sequence-
	if ! call "$2" "${3//@/$word}"; then
		not_ok "$what (failed: $reply)"
	elif await "${arrival//@/$word}" "$from"; then
		ok "$what"
	else
		not_ok "$what (nothing arrived)"
	fi
}

# stays WHAT PATTERN SESSION CALLS: it fails with PATTERN, and nothing at all
# came over the wire. PATTERN - is for attempts that are not told.
stays() {
	local what=$1 pattern=$2 reply status=0 before came
	settle
	before=${#seen[@]}
	sequence=$((sequence + 1))
	call "$3" "${4//@/word-$sequence-}" || status=$?
	settle
	look_since "$before"
	if [ -n "$came" ]; then
		not_ok "$what (it came over the wire)"
		printf '%s' "$came" | sed 's/^/#   /'
	elif [ "$pattern" != - ] && [ "$status" = 0 ]; then
		not_ok "$what (nothing came, but the caller was not told)"
	elif [ "$pattern" != - ] && [[ ! $reply =~ $pattern ]]; then
		not_ok "$what (nothing came, but not for $pattern: $reply)"
	else
		ok "$what"
	fi
}

# attempt WHAT PATTERN CALLS [ARRIVAL]: without the wall, then behind it.
attempt() {
	leaks "control, no wall: $1" open "$3" "${4:-@}"
	stays "$1" "$2" acme "$3"
}

# enters WHAT CALLS: from outside it works, answer included.
enters() { check "$1" try outside "$2"; }

# shut WHAT CALLS: the caller outside gets no answer at all, not even that of a
# closed port.
shut() {
	local before
	settle
	before=${#seen[@]}
	refused "$1" 'timed out' try outside "patience 300; $2"
	settle
	same "nothing answers: $1" "$(came_since "$before")" ''
}

# gap WHAT SESSION CALLS [ARRIVAL]: what this slice of the guard does not stop.
# The check holds as long as the gap is there, so that closing it is noticed.
gap() {
	note "gap: $1"
	leaks "known gap, still open: $1" "${@:2}"
}

# count REASON: packets and calls of tenant acme that ended so.
count() { echo $(($(counted acme 0 "$1") + $(counted acme 1 "$1"))); }

# raw WHAT SOCKET TO WORD LAYER...: a packet for crafted(), with WORD as its data.
raw() {
	local what=$1 socket=$2 to=$3 word=word-$4
	shift 4
	crafted_what+=("$what")
	crafted_calls+=("hexto $socket $to 0 $(net-craft "$@" "data $word")")
	crafted_word+=("$word")
}

# crafted leaks|stays: all of them, by the session acme.
crafted() {
	local i
	for i in "${!crafted_what[@]}"; do
		case $1 in
		leaks) leaks "control, no wall: ${crafted_what[i]}" acme "${crafted_calls[i]}" "${crafted_word[i]}" ;;
		# The kernel itself refuses some of them once a program is there to ask.
		stays) stays "${crafted_what[i]}" 'not permitted|Invalid argument' acme "${crafted_calls[i]}" ;;
		esac
	done
}

allow() { must cloison net allow acme "$@"; }
deny() { must cloison net deny acme "$@"; }

# forbid RULE: takes the tenant's rule of that number back.
forbid() { must cloison net remove acme "$1"; }

# ---- events -------------------------------------------------------------------

# follow FILE OPTION...: a monitor, $follower, that from now on writes events there.
follow() {
	local file=$1
	shift
	cloison monitor --json "$@" >"$file" 2>&1 &
	follower=$!
	must follows "$follower"
}

# Whether that monitor has the log in its memory: then it misses nothing.
follows() {
	local tries
	for tries in {1..600}; do
		[ "$(grep -c bpf-map "/proc/$1/maps")" != 2 ] || return 0
		sleep 0.05
	done
	return 1
}
