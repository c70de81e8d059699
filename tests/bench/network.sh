#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# native: it needs no module, so it is better measured where nothing is emulated
# The rows about the network. Times in, so less is better everywhere.
. /tests/bench/lib.sh

us=1000 ms=1000000
AREA=$CGROUPS/cloison-bench
PORT=7001
PEER=10.9.0.2

# keep SERIES NAME: under another name, for the next of its kind comes.
keep() { mv "$SERIES/$1" "$SERIES/$2"; }

# ---- the programs by themselves ---------------------------------------------------

# packet RULES TENANTS
packet() {
	local kind whose
	measured bench-net-guard packet "$1" "$2" "$RUNS"
	for kind in established new peers; do
		for whose in ours empty; do keep $kind:$whose "$kind:$whose-$1-$2"; done
	done
	row "established flow, $1 rules, $2 tenants" ns 1 "established:ours-$1-$2" \
		"established:empty-$1-$2" 'empty program' '<= 2.5'
	row "new flow, $1 rules, $2 tenants" ns 1 "new:ours-$1-$2" "new:empty-$1-$2" 'empty program' -
	row "new flows to 1000 peers, $1 rules, $2 tenants" ns 1 "peers:ours-$1-$2" \
		"peers:empty-$1-$2" 'empty program' -
}

packet 10 1
for size in '1000 1' '100000 1' '10 100' '10 1000' '100000 1000'; do
	# shellcheck disable=SC2086 # two words
	packet $size
	row "established flow, ${size/ / rules, } tenants" ns 1 "established:ours-${size/ /-}" \
		established:ours-10-1 'that of 10 rules, 1 tenant' '<= 1.1'
done
for kind in new peers; do
	row "$kind: 100000 rules, 1 tenant" ns 1 $kind:ours-100000-1 $kind:ours-10-1 'that of 10 rules' '<= 10'
done

# ---- memory, stated -----------------------------------------------------------------

measured bench-net-guard memory 100000
row 'memory of a tenant without rules' KiB 1024 tenant:ours 256 'its 4096 flows alone' -
keep rules:ours rules:all
row 'memory of 100000 rules' KiB 1024 rules:all 5469 'the rules as they were given' -

# ---- commits -----------------------------------------------------------------------

mkdir -p "$AREA"
measured bench-net-guard commit 100 1000 "$RUNS" "$AREA"
row 'commit of 100 rules each of 1000 tenants' ms $ms all:ours 2000 'at most' '<= 1'
row 'commit of a change of one rule of those' ms $ms one:ours 20 'at most' '<= 1'

# ---- connections ----------------------------------------------------------------------

for netns in bench-in bench-out; do
	must ip netns add $netns
	must ip -n $netns link set lo up
done
must ip link add wire netns bench-in type veth peer name wire netns bench-out
must ip -n bench-in addr add 10.9.0.1/24 dev wire
must ip -n bench-out addr add $PEER/24 dev wire
must ip -n bench-in link set wire up
must ip -n bench-out link set wire up
mkdir -p "$AREA/none"
must bench-net-attach empty "$AREA/floor" 0 $PEER
for rules in 10 1000 100000; do must bench-net-attach guard "$AREA/guard-$rules" $rules $PEER; done
for rules in 10 1000; do must bench-net-attach list "$AREA/list-$rules" $rules $PEER; done
ip netns exec bench-out bench-net-trip serve $PEER $PORT &
server=$!
trap 'kill "$server"; ip netns delete bench-in; ip netns delete bench-out; bench_ended' EXIT
sleep 1

inside() {
	echo "$BASHPID" >"$AREA/$1/cgroup.procs" || exit 1
	shift
	exec ip netns exec bench-in "$@"
}

# calls NAME CGROUP: one run of each kind
calls() {
	measured eval "(inside $2 bench-net-trip trip trip:$1 $PEER $PORT 4000)"
	measured eval "(inside $2 bench-net-trip connect connect:$1 $PEER $PORT 400)"
}

groups=(floor none guard-10 guard-1000 guard-100000 list-10 list-1000)
for ((run = 0; run < RUNS; run++)); do
	for group in "${groups[@]}"; do calls "$group" "$group"; done
done

# addresses COUNT: of which none is the peer
addresses() { for ((i = 0; i < $1; i++)); do echo "172.$((16 + i / 65536)).$((i / 256 % 256)).$((i % 256))"; done; }

nft_set() {
	printf 'table ip bench {\nset peers { type ipv4_addr; flags interval; elements = { %s, %s } }\n' \
		"$(addresses "$1" | paste -sd,)" "$PEER"
	printf 'chain %s { type filter hook %s priority 0; policy drop; ip %s @peers accept; }\n' \
		out output daddr in input saddr
	echo '}'
}

nft_linear() {
	local way hook end
	echo 'table ip bench {'
	for way in 'output daddr' 'input saddr'; do
		read -r hook end <<<"$way"
		echo "chain $hook { type filter hook $hook priority 0; policy drop;"
		[ -z "$2" ] || echo "ct state established accept"
		{ addresses "$1"; echo $PEER; } | sed "s/.*/ip $end & accept/"
		echo '}'
	done
	echo '}'
}

iptables_linear() {
	printf '*filter\n:INPUT DROP\n:OUTPUT DROP\n:FORWARD DROP\n'
	{ addresses "$1"; echo $PEER; } | sed 's/.*/-A OUTPUT -d & -j ACCEPT\n-A INPUT -s & -j ACCEPT/'
	echo COMMIT
}

# filtered NAME LOADER...: the peers by rules of the netns, without a program.
filtered() {
	local name=$1
	shift
	# shellcheck disable=SC2154 # of lib.sh
	"$@" >"$work/rules"
	case $name in
	iptables*) must ip netns exec bench-in iptables-restore "$work/rules" ;;
	*) must ip netns exec bench-in nft -f "$work/rules" ;;
	esac
	for ((run = 0; run < RUNS; run++)); do calls "$name" none; done
	must ip netns exec bench-in nft flush ruleset
}

filtered nft-set nft_set 1000
filtered nft-ct nft_linear 1000 ct
for rules in 10 1000 10000; do
	filtered nft-$rules nft_linear $rules ''
	filtered iptables-$rules iptables_linear $rules
done

for kind in 'trip 1.03 round trip of a byte over TCP' 'connect 1.05 connection, request, close'; do
	read -r kind aim what <<<"$kind"
	# tcp RULES SERIES PEER_NAME AIM
	tcp() { row "$what, $1 rules" us $us "$kind:guard-$1" "$kind:$2" "$3" "$4"; }
	for rules in 10 1000 100000; do
		tcp $rules floor 'empty programs there' "<= $aim"
		tcp $rules none nothing -
	done
	tcp 1000 nft-set 'nftables, interval set' '<= 1'
	tcp 1000 nft-ct 'nftables, ct established first' '<= 1'
	for rules in 10 1000; do
		ahead=-
		[ $rules != 1000 ] || ahead='<= 1'
		tcp $rules list-$rules "systemd's IPAddressAllow" "$ahead"
		tcp $rules nft-$rules 'nftables, linear' "$ahead"
		tcp $rules iptables-$rules 'iptables, linear' "$ahead"
	done
	tcp 100000 nft-10000 'nftables, linear, 10000 rules' -
	tcp 100000 iptables-10000 'iptables, linear, 10000 rules' -
done
