#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The demo inside the virtual host: two tenants, a model behind acme's wall, and
# every way round it tried. tests/demo/run starts it and makes of each line:
#
#	part TAB title                           a new part begins
#	say TAB text                             what is being done
#	check TAB ok|not ok TAB id TAB what TAB expected TAB seen
#	type TAB command                         what an admin would type
#	out TAB line                             and what it answers

. /tests/guest/lib.sh
trap - EXIT # the verdict is tests/demo/run's, not that of a test

PROMPT='Tell me about the wall.'
TOKENS=16
PORT=8080
declare -A ADDRESS=([acme]=10.66.1.2 [globex]=10.66.2.2 [client]=10.66.3.2)
NODE=/dev/cloison/acme/weights
all_ok=1

# ---- lines for tests/demo/run ---------------------------------------------

part() { printf 'part\t%s\n' "$*"; }
say() { printf 'say\t%s\n' "$*"; }

verdict() {
	[ "$1" = ok ] || all_ok=0
	printf 'check\t%s\t%s\t%s\t%s\t%s\n' "$@"
}

# judge ID WHAT EXPECTED SEEN TEST...: ok if the test holds.
judge() {
	local id=$1 what=$2 expected=$3 seen=$4 result='not ok'
	shift 4
	! "$@" || result=ok
	verdict "$result" "$id" "$what" "$expected" "${seen:-nothing}"
}

equal() { judge "$1" "$2" "$3" "$4" [ "$3" = "$4" ]; }

# may ID WHAT COMMAND...: the one who may does it; it must work, or the refusal
# of the same attempt afterwards would prove nothing.
may() {
	local id=$1 what=$2 seen status=0
	shift 2
	seen=$("$@" 2>&1) || status=$?
	judge "$id" "$what" "works" "${seen##*$'\n'}" [ "$status" = 0 ]
}

# refuse ID WHAT ERROR COMMAND...: it must fail, with this error. The programs
# answer 1 for a refusal; any other status is a fault of the attempt.
refuse() {
	local id=$1 what=$2 error=$3 seen status=0
	shift 3
	seen=$("$@" 2>&1) || status=$?
	seen=${seen##*$'\n'}
	judge "$id" "$what" "refused: $error" "$seen" was_refused "$status" "$seen" "$error"
}

was_refused() { [ "$1" = 1 ] && [[ $2 =~ $3 ]]; }

# must COMMAND...: a step without which the demo has no sense.
must() {
	local answer
	# Not in a subshell: serve leaves the number of its process.
	"$@" >/run/must 2>&1 && return
	answer=$(</run/must)
	say "failed: $*"
	say "$answer"
	verdict 'not ok' setup "$*" "works" "${answer##*$'\n'}"
	exit 1
}

# type COMMAND: show a line that an admin types, and the answer (its last lines).
type_line() {
	printf 'type\t%s\n' "$1"
	bash -c "$1" 2>&1 | tail -n "${2:-12}" | sed 's/^/out\t/'
}

# ---- tenants ----------------------------------------------------------------

# A network namespace with its own address, routed by the host.
make_network() {
	local name=$1 address=${ADDRESS[$1]}
	ip netns add "$name"
	ip link add "veth-$name" type veth peer name eth0 netns "$name"
	ip address add "${address%.*}.1/24" dev "veth-$name"
	ip link set "veth-$name" up
	ip -n "$name" address add "$address/24" dev eth0
	ip -n "$name" link set lo up
	ip -n "$name" link set eth0 up
	ip -n "$name" route add default via "${address%.*}.1"
}

# A root of its own: Debian's llama.cpp below, the tenant's own writes above.
make_root() {
	local name=$1 root=/run/tenants/$1
	mkdir -p "$root" "/run/upper/$name/"{data,work}
	mount -t overlay -o "lowerdir=/tenant,upperdir=/run/upper/$name/data,workdir=/run/upper/$name/work" \
		overlay "$root"
	mount -t proc proc "$root/proc"
	mount -t tmpfs -o mode=755 tmpfs "$root/dev"
	mknod -m 666 "$root/dev/null" c 1 3
	mknod -m 666 "$root/dev/urandom" c 1 9
	mkdir -p "$root/dev/cloison" "$root/demo"
	mount --bind /demo "$root/demo"
}

# What the container runtime does: the tenant's nodes appear in its /dev.
bind_nodes() {
	mkdir -p "/run/tenants/$2/dev/cloison/$1"
	mount --bind "/dev/cloison/$1" "/run/tenants/$2/dev/cloison/$1"
}

# in_net NAME COMMAND...: with that network, but in nobody's cgroup.
in_net() { nsenter --net="/run/netns/$1" "${@:2}"; }

# exec_as TENANT ROOT COMMAND...: become that tenant's process in somebody's
# root. It is root with every capability and sees all processes: more than a
# container may.
exec_as() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	exec nsenter --net="/run/netns/$1" bash -c \
		'echo $$ >"/sys/fs/cgroup/cloison/$0/cgroup.procs"; exec chroot "/run/tenants/$1" "${@:2}"' "$@"
}

as_in() { (exec_as "$@"); }
as() { as_in "$1" "$@"; }

# start TENANT COMMAND...: in the background; its process is $started.
start() {
	exec_as "$1" "$1" "${@:2}" &
	started=$!
}

# ---- llama.cpp --------------------------------------------------------------

# complete TENANT MODEL. llama-completion prints from a thread for which it does
# not always wait at its end, with a plain file as well: when words are missing,
# it is asked again.
complete() {
	local words
	for _ in {1..5}; do
		words=$(as "$1" llama-completion -m "$2" -p "$PROMPT" -n "$TOKENS" --temp 0 -t 1 -c 256 \
			-no-cnv --no-warmup --no-display-prompt --offline </dev/null 2>/run/llama.log |
			tr -s '[:space:]' ' ' | sed 's/^ //; s/ $//')
		[ "$(wc -w <<<"$words")" -lt "$TOKENS" ] || break
	done
	echo "$words"
}

# serve MODEL: acme's server; its process is $server.
serve() {
	: >/run/server.log
	start acme llama-server -m "$1" --host 0.0.0.0 --port $PORT -t 1 -c 256 -np 1 \
		--no-warmup --no-ui --offline </dev/null >/run/server.log 2>&1
	server=$started
	for _ in {1..600}; do
		! grep -q 'listening on' /run/server.log || return 0
		kill -0 "$server" 2>/dev/null || break
		sleep 0.1
	done
	tail -n 3 /run/server.log
	return 1
}

end_server() {
	kill "$server"
	wait "$server" 2>/dev/null
}

# ask NAME: that network's client asks acme's server.
ask() {
	in_net "$1" curl -sS -m 30 "http://${ADDRESS[acme]}:$PORT/completion" \
		-d "{\"prompt\":\"$PROMPT\",\"n_predict\":$TOKENS,\"temperature\":0}" |
		jq -r .content | tr -s '[:space:]' ' ' | sed 's/^ //; s/ $//'
}

# ---- the parts ----------------------------------------------------------------

set_up() {
	part 'Setting up: a pool, a guard, two tenants and their rules'
	must modprobe veth
	must sysctl -qw net.ipv4.ip_forward=1
	must cloison pool add pci 0000:00:04.0 --name accel0
	must cloison guard load
	local tenant
	for tenant in acme globex; do
		make_network "$tenant"
		make_root "$tenant"
		must cloison tenant add "$tenant" --quota 64M
		must cloison region create "$tenant/weights" --like "/demo/$tenant.gguf"
		must cloison region load "/demo/$tenant.gguf" "$tenant/weights"
		cp "/demo/$tenant.gguf" "/run/tenants/$tenant/model/plain.gguf"
	done
	make_network client
	say "acme lets in only ${ADDRESS[client]} to port $PORT; globex may call anybody by TCP"
	must cloison net allow acme in "${ADDRESS[client]}/32" tcp "$PORT"
	must cloison net allow globex out 10.66.0.0/16 tcp
	bind_nodes acme acme
	bind_nodes globex globex
	# The strongest case: somebody handed acme's nodes into globex's root.
	bind_nodes acme globex
}

# 64 bytes from the middle of a model, as hex digits.
sample() { od -An -v -tx1 -j 2000000 -N 64 "$1" | tr -d ' \n'; }

show_tokens() {
	part 'The model answers from behind the wall as from a plain file'
	plain=$(complete acme /model/plain.gguf)
	judge tokens-file "acme: llama-completion from a plain file" "$TOKENS words" "$plain" \
		[ "$(wc -w <<<"$plain")" = "$TOKENS" ]
	equal tokens-node "acme: llama-completion from $NODE" "$plain" "$(complete acme $NODE)"
	other=$(complete globex /dev/cloison/globex/weights)
	judge tokens-globex "globex: its own model, in its own region" "other words than acme's" \
		"$other" [ -n "$other" -a "$other" != "$plain" ]
	must serve /model/plain.gguf
	served=$(ask client)
	judge server-file "allowed client asks llama-server on the plain file" "$TOKENS words" \
		"$served" [ "$(wc -w <<<"$served")" = "$TOKENS" ]
	# As long as this server runs: its mapping of a plain file can be read.
	may process-file "the host's root reads that server's process, mapping of the file" \
		/demo/attempt peek "$server" plain.gguf
	refuse process-globex-file "globex reads that server's process" 'not permitted' \
		as globex /demo/attempt peek "$server" plain.gguf
	end_server
	must serve $NODE
	equal server-node "allowed client asks llama-server on the node" "$served" "$(ask client)"
}

try_memory() {
	local numbers
	part 'Memory: globex tries to reach what acme has on the accelerator'
	may open-acme "acme opens the node bound into globex's root" \
		as_in acme globex /demo/attempt open $NODE
	refuse open-globex "globex opens it" 'Permission denied' \
		as globex /demo/attempt open $NODE
	numbers=$(printf '%d:%d' "0x$(stat -c %t $NODE)" "0x$(stat -c %T $NODE)")
	may mknod-acme "acme makes the node by mknod $numbers" \
		as acme /demo/attempt mknod /tmp/node "$numbers"
	refuse mknod-globex "globex makes it by mknod $numbers" 'Permission denied' \
		as globex /demo/attempt mknod /tmp/node "$numbers"

	mkdir -p /run/passing
	for tenant in acme globex; do
		mount --bind /run/passing "/run/tenants/$tenant/mnt"
	done
	start acme /demo/attempt send /mnt/socket $NODE
	local sender=$started
	must within_seconds 20 [ -S /run/passing/socket ]
	may passed-acme "acme receives acme's open file by SCM_RIGHTS" \
		as acme /demo/attempt receive /mnt/socket
	refuse passed-globex "globex receives it" 'not permitted' \
		as globex /demo/attempt receive /mnt/socket
	kill "$sender"
	wait "$sender" 2>/dev/null

	refuse process-host "the host's root reads acme's server process, mapping of the node" \
		'Bad address' /demo/attempt peek "$server" "${NODE##*/}"
	refuse process-globex "globex reads acme's server process" 'not permitted' \
		as globex /demo/attempt peek "$server" "${NODE##*/}"
}

within_seconds() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

try_network() {
	part 'Network: who may reach acme, and whom acme may reach'
	in_net client socat TCP-LISTEN:9000,fork,reuseaddr SYSTEM:true &
	local listener=$!
	may connect-client "allowed client connects to acme's server" \
		in_net client /demo/attempt connect "${ADDRESS[acme]}" $PORT
	refuse connect-globex "globex connects to acme's server" 'timed out' \
		as globex /demo/attempt connect "${ADDRESS[acme]}" $PORT
	may out-globex "globex, whose rules allow it, calls ${ADDRESS[client]}:9000" \
		as globex /demo/attempt connect "${ADDRESS[client]}" 9000
	refuse out-acme "acme, whose rules do not, calls it" 'Operation not permitted' \
		as acme /demo/attempt connect "${ADDRESS[client]}" 9000
	equal still-served "the allowed client is served as before" "$served" "$(ask client)"
	kill "$listener"
	wait "$listener" 2>/dev/null
}

milliseconds() { awk "BEGIN { printf \"%.1f\", ($2 - $1) / 1e6 }"; }

# lose_guard ID TENANT WHAT PIN: detach that link; the tenant's mapping must die
# within 100 ms, and its open file be of no use any more.
lose_guard() {
	local id=$1 tenant=$2 what=$3 pin=/sys/fs/bpf/cloison/$4 begin last dead answer watcher
	start "$tenant" /demo/attempt watch "/dev/cloison/$tenant/weights" >/run/watch
	watcher=$started
	must within_seconds 30 grep -q mapped /run/watch
	begin=$(/demo/attempt detach "$pin") || verdict 'not ok' "$id" "$what" "detached" "$begin"
	within_seconds 10 [ ! -d "/proc/$watcher" ] || kill "$watcher"
	IFS=$'\t' read -r last dead answer < <(tail -n 1 /run/watch)
	if [ "$last" = mapped ]; then
		verdict 'not ok' "$id" "$what: its mapping dies" "within 100 ms" "alive after 10 s"
		return
	fi
	# Detaching takes a moment itself: the mapping may be gone before it returns.
	[ "$last" -ge "$begin" ] || last=$begin
	judge "$id" "$what: its mapping dies" "within 100 ms" \
		"last touch after $(milliseconds "$begin" "$last") ms, SIGBUS seen after $(milliseconds "$begin" "$dead") ms" \
		[ $((last - begin)) -le 100000000 ]
	equal "$id-read" "$what: its open file answers" "read: Permission denied" "$answer"
}

try_guard() {
	part 'No guard, no access: the guard is detached under a running model'
	lose_guard guard-detached acme "acme, admission detached" admit
	refuse guard-open "acme opens its node" 'Permission denied' \
		as acme /demo/attempt open $NODE
	end_server
	must cloison guard load
	may guard-back "guard loaded again: acme opens its node" \
		as acme /demo/attempt open $NODE
	must serve $NODE
	equal guard-served "and llama-server serves the allowed client again" "$served" "$(ask client)"
}

pool_is() { [ "$(cat "/sys/class/cloison_pool/accel0/$1")" = "$2" ]; }

# What of acme's the host finds: its bytes by a sample, and all non-zero bytes of
# the extent that its region had.
try_remains() {
	local hex offset bytes found
	part 'What acme leaves behind: the host reads the accelerator from outside'
	hex=$(sample /demo/acme.gguf)
	offset=$(cat "$acme_sysfs/offset")
	bytes=$(cat "$acme_sysfs/bytes")
	found=$(host find "$hex")
	judge remains-live "host counts 64 bytes of acme's weights while they are in use" "1 or more" \
		"$found" [ "${found:-0}" -ge 1 ]
	found=$(host scan "$offset" "$bytes")
	judge remains-live-bytes "host counts non-zero bytes in acme's extent" "over 3000000" \
		"$found" [ "${found:-0}" -gt 3000000 ]

	say 'acme is killed with SIGKILL in the middle of serving, and its region destroyed'
	judge remains-mapped "mappings of acme's region until then" "1 or more" \
		"$(cat "$acme_sysfs/mappings")" [ "$(cat "$acme_sysfs/mappings")" -ge 1 ]
	in_net client curl -s -m 30 "http://${ADDRESS[acme]}:$PORT/completion" \
		-d '{"prompt":"wall","n_predict":200,"temperature":0}' >/dev/null &
	echo 1 >/sys/fs/cgroup/cloison/acme/cgroup.kill
	must within_seconds 30 grep -q 'populated 0' /sys/fs/cgroup/cloison/acme/cgroup.events
	wait 2>/dev/null
	must cloison region destroy acme/weights
	must within_seconds 20 pool_is dirty 0
	found=$(host find "$hex")
	equal remains-gone "host counts these 64 bytes of acme's weights again" "0" "$found"
	equal remains-zero "host counts non-zero bytes in what was acme's extent" "0" \
		"$(host scan "$offset" "$bytes")"
	equal remains-globex "globex is not touched: its model answers" "$other" \
		"$(complete globex /dev/cloison/globex/weights)"
	lose_guard segment-detached globex "globex, its egress filter detached" pens/cloison/egress
	must cloison region destroy globex/weights
	must within_seconds 20 pool_is dirty 0
	equal remains-all "host counts non-zero bytes in all 512 MiB" "0" "$(host scan 0 0)"
}

look_around() {
	type_line 'cloison status'
	type_line 'cloison net list acme'
	type_line 'cloison guard show' 24
	type_line 'bpftool prog show | grep cloison_'
	type_line 'bpftool link show pinned /sys/fs/bpf/cloison/pens/cloison/egress'
	type_line 'bpftool cgroup tree /sys/fs/cgroup/cloison/acme'
	type_line 'grep . /sys/class/cloison_pool/accel0/{kind,bytes,clean,dirty,used,regions}'
	type_line "grep . $acme_sysfs/{tenant,region,state,enforcement,opens,mappings}"
}

set_up
acme_sysfs=$(grep -lx acme /sys/class/cloison/*/tenant | head -n 1)
acme_sysfs=${acme_sysfs%/tenant}
show_tokens
try_memory
try_network
look_around >/run/looked
try_guard
try_remains
part 'What an admin types (while acme served; the journal at the end)'
cat /run/looked
type_line "dmesg | grep -E 'cloison( cloison[0-9]+)?:'" 15
[ "$all_ok" = 1 ]
