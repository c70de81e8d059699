#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# native: it needs no module, so it is better measured where nothing is emulated
# The rows about the network. Times in, so less is better everywhere.
. /tests/bench/lib.sh

us=1000 ms=1000000
AREA=$CGROUPS/cloison-bench
PORT=7001

# keep SERIES NAME: under another name, for the next of its kind comes.
keep() { mv "$SERIES/$1" "$SERIES/$2"; }

# ---- the programs by themselves ---------------------------------------------------

# packet RULES TENANTS
packet() {
	local kind whose
	measured bench-net-guard packet "$1" "$2" "$RUNS" bench
	for kind in established datagram loopback new peers; do
		for whose in ours empty; do keep $kind:$whose "$kind:$whose-$1-$2"; done
	done
	row "established flow, $1 rules, $2 tenants" ns 1 "established:ours-$1-$2" \
		"established:empty-$1-$2" 'empty program' '<= 1.7'
	row "established flow of connected UDP, $1 rules, $2 tenants" ns 1 "datagram:ours-$1-$2" \
		"datagram:empty-$1-$2" 'empty program' '<= 1.7'
	row "new flow, $1 rules, $2 tenants" ns 1 "new:ours-$1-$2" "new:empty-$1-$2" 'empty program' -
	row "new flows to 1000 peers, $1 rules, $2 tenants" ns 1 "peers:ours-$1-$2" \
		"peers:empty-$1-$2" 'empty program' -
}

must ip link add bench type veth peer name bench-peer
packet 10 1
row 'established flow by loopback, 10 rules, 1 tenant' ns 1 loopback:ours-10-1 loopback:empty-10-1 \
	'empty program' -
for size in '1000 1' '100000 1' '10 100' '10 1000' '100000 1000'; do
	# shellcheck disable=SC2086 # two words
	packet $size
	row "established flow, ${size/ / rules, } tenants" ns 1 "established:ours-${size/ /-}" \
		established:ours-10-1 'that of 10 rules, 1 tenant' '<= 1.1'
done
for kind in new peers; do
	row "$kind: 100000 rules, 1 tenant" ns 1 $kind:ours-100000-1 $kind:ours-10-1 'that of 10 rules' '<= 10'
done

must ip link delete bench

# ---- memory, stated -----------------------------------------------------------------

measured bench-net-guard memory 100000
row 'memory of a tenant without rules' KiB 1024 tenant:ours 256 'its 4096 flows alone' -
keep rules:ours rules:all
row 'memory of 100000 rules' KiB 1024 rules:all 5469 'the rules as they were given' -
rm "$SERIES/tenant:ours"
measured bench-net-guard memory 100
echo $((4096 * ($(median tenant:ours) + $(median rules:ours)))) >"$SERIES/memory:4096"
row 'memory of 4096 tenants of 100 rules' MiB 1048576 memory:4096 1024 'at most' '<= 1'

# ---- commits -----------------------------------------------------------------------

mkdir -p "$AREA"
measured bench-net-guard commit 100 1000 "$RUNS" "$AREA"
row 'commit of 100 rules each of 1000 tenants' ms $ms all:ours 2000 'at most' '<= 1'
row 'commit of a change of one rule of those' ms $ms one:ours 20 'at most' '<= 1'
measured bench-net-guard names 10 1000 "$RUNS" "$AREA"
row 'another address of a name in the policies of 1000 tenants' ms $ms name:ours 200 'at most' '<= 1'

# ---- connections ----------------------------------------------------------------------

# In rounds, each of which has all of them in turn: a machine that gets slower does
# so for all. Every set of filter rules has a network of its own for that.
ROUNDS=$((3 * RUNS))
server=''
declare -A peers=()
connections_ended() {
	local network
	[ -z "$server" ] || kill "$server"
	for network in server "${!peers[@]}"; do ip netns delete "bench-$network"; done
	bench_ended
}
trap connections_ended EXIT
must ip netns add bench-server

# network NAME: bench-NAME, with a wire to the server, whose address there is a peer.
network() {
	local number=${#peers[@]}
	must ip netns add "bench-$1"
	peers[$1]=10.9.$number.2
	must ip link add wire netns "bench-$1" type veth peer name "wire$number" netns bench-server
	must ip -n "bench-$1" addr add "10.9.$number.1/24" dev wire
	must ip -n bench-server addr add "${peers[$1]}/24" dev "wire$number"
	must ip -n "bench-$1" link set wire up
	must ip -n bench-server link set "wire$number" up
}

# addresses COUNT PEER: so many of others, and the peer
addresses() {
	for ((i = 0; i < $1; i++)); do echo "172.$((16 + i / 65536)).$((i / 256 % 256)).$((i % 256))"; done
	echo "$2"
}

nft_set() {
	printf 'table ip bench {\nset peers { type ipv4_addr; flags interval; elements = { %s } }\n' \
		"$(addresses "$1" "$2" | paste -sd,)"
	printf 'chain %s { type filter hook %s priority 0; policy drop; ip %s @peers accept; }\n' \
		out output daddr in input saddr
	echo '}'
}

# nft_linear COUNT PEER [FIRST_RULE]
nft_linear() {
	local way hook end
	echo 'table ip bench {'
	for way in 'output daddr' 'input saddr'; do
		read -r hook end <<<"$way"
		echo "chain $hook { type filter hook $hook priority 0; policy drop;"
		[ -z "${3-}" ] || echo "$3"
		addresses "$1" "$2" | sed "s/.*/ip $end & accept/"
		echo '}'
	done
	echo '}'
}

iptables_linear() {
	printf '*filter\n:INPUT DROP\n:OUTPUT DROP\n:FORWARD DROP\n'
	addresses "$1" "$2" | sed 's/.*/-A OUTPUT -d & -j ACCEPT\n-A INPUT -s & -j ACCEPT/'
	echo COMMIT
}

# What is measured: its name, its network, its cgroup.
groups=()

# programs KIND NAME RULES: at a cgroup, in the network without filter rules
programs() {
	must bench-net-attach "$1" "$AREA/$2" "$3" "${peers[plain]}"
	groups+=("$2 plain $2")
}

# filtered NAME RULES COUNT [FIRST_RULE]: by what RULES prints, without a program
filtered() {
	local load='nft -f'
	[ "$2" != iptables_linear ] || load=iptables-restore
	network "$1"
	# shellcheck disable=SC2154 # of lib.sh
	"$2" "$3" "${peers[$1]}" "${@:4}" >"$work/rules"
	# shellcheck disable=SC2086 # a command of two words
	must ip netns exec "bench-$1" $load "$work/rules"
	groups+=("$1 $1 none")
}

network plain
mkdir -p "$AREA/none"
groups+=('none plain none')
programs empty floor 0
for rules in 10 1000 100000; do programs guard guard-$rules $rules; done
for rules in 10 1000; do programs list list-$rules $rules; done
filtered nft-set nft_set 1000
filtered nft-ct nft_linear 1000 'ct state established accept'
for rules in 10 1000 10000; do
	filtered nft-$rules nft_linear $rules
	filtered iptables-$rules iptables_linear $rules
done

ip netns exec bench-server bench-net-trip serve 0.0.0.0 $PORT &
server=$!
sleep 1

inside() {
	echo "$BASHPID" >"$AREA/$2/cgroup.procs" || exit 1
	exec ip netns exec "bench-$1" bench-net-trip "${@:3}"
}

# calls NAME NETWORK CGROUP
calls() {
	measured eval "(inside $2 $3 trip trip:$1 ${peers[$2]} $PORT 1500)"
	measured eval "(inside $2 $3 connect connect:$1 ${peers[$2]} $PORT 150)"
}

for ((round = 0; round < ROUNDS; round++)); do
	# shellcheck disable=SC2086 # three words
	for group in "${groups[@]}"; do calls $group; done
done

for kind in 'trip 1.01 round trip of a byte over TCP' 'connect 1.03 connection, request, close'; do
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
