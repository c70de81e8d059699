# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the guest tests share. A test begins
#
#	#!/bin/bash
#	# SPDX-License-Identifier: GPL-2.0-only
#	# title: what it shows, as the line of results says it
#	. /tests/guest/lib.sh
#
# and ends with `finish`. It fails when one of its checks did or when it never
# came to `finish`; after it whatever it made is taken down by `lib.sh reset`.

set -uo pipefail

ACCELERATOR=0000:00:04.0
export SPARE=0000:00:05.0
export REMOVABLE=0000:01:00.0
export RESERVED_START=0x40000000
export RESERVED_BYTES=$((64 << 20))
CGROUPS=/sys/fs/cgroup
# The parent of all tenants' cgroups.
export PEN=$CGROUPS/cloison
mkdir -p "$PEN"
PINS=/sys/fs/bpf/cloison
TEST_MODULES=/usr/lib/cloison-tests/modules/$(uname -r)
export MIB=$((1 << 20))
export PATH=$PATH:/usr/lib/cloison-tests
# How many times slower than a stock kernel this one is: its checkers cost.
SLOW=$(sed -n 's/.*host\.slow=\([0-9]*\).*/\1/p' /proc/cmdline)
: "${SLOW:=1}"

checks=0 failed=0 finished=0
work=$(mktemp -d)

# ---- reporting ----------------------------------------------------------

note() { printf '# %s\n' "$*"; }

ok() {
	checks=$((checks + 1))
	printf 'ok %d - %s\n' "$checks" "$*"
}

not_ok() {
	checks=$((checks + 1))
	failed=$((failed + 1))
	printf 'not ok %d - %s\n' "$checks" "$*"
}

skip() {
	note "skip: $*"
	exit 77
}

# check WHAT COMMAND...: the command must succeed.
check() {
	local what=$1
	shift
	if "$@" >"$work/output" 2>&1; then
		ok "$what"
	else
		not_ok "$what (exit status $?)"
		sed 's/^/#   /' "$work/output"
	fi
}

# refused WHAT PATTERN COMMAND...: the command must fail, and say PATTERN (an
# extended regular expression, such as an errno's text) so that a failure for
# another reason is none of the wall's merit.
refused() {
	local what=$1 pattern=$2
	shift 2
	if "$@" >"$work/output" 2>&1; then
		not_ok "$what (it was let through)"
	elif grep -Eq -- "$pattern" "$work/output"; then
		ok "$what"
		return
	else
		not_ok "$what (failed, but not with $pattern)"
	fi
	sed 's/^/#   /' "$work/output"
}

# same WHAT SEEN EXPECTED
same() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1 (expected $3, saw $2)"
	fi
}

# within WHAT SECONDS COMMAND...: the command must succeed before that time.
within() {
	local what=$1 end=$(($(date +%s%N) + $2 * SLOW * 1000000000))
	shift 2
	until "$@" >"$work/output" 2>&1; do
		if [ "$(date +%s%N)" -gt "$end" ]; then
			not_ok "$what (not in time)"
			sed 's/^/#   /' "$work/output"
			return
		fi
		sleep 0.05
	done
	ok "$what"
}

finish() {
	finished=1
	exit
}

ended() {
	local status=$?
	rm -rf "$work"
	[ "$status" != 77 ] || exit 77
	[ "$finished" = 1 ] || not_ok "the test ended early (exit status $status)"
	[ "$checks" -gt 0 ] || not_ok "the test checked nothing"
	printf '1..%d\n' "$checks"
	[ "$failed" = 0 ] || exit 1
	exit 0
}
[ "${BASH_SOURCE[0]}" = "$0" ] || trap ended EXIT

# ---- the host as a witness ------------------------------------------------

# host scan OFFSET LENGTH [FILE]   bytes that are not zero in the backing file
# host find HEX [FILE]             how often these bytes are in it
# host where HEX [FILE]            where they are, if once
# host poke FILE OFFSET MILLISECONDS   writes there for so long; how often it did
# host monitor COMMAND             QEMU's monitor, such as: device_del removable
# FILE is accelerator (which it is if not given), spare, removable or ram, the
# guest's whole memory; a LENGTH of 0 means to the end.
host() {
	local question reply port=/dev/virtio-ports/cloison.host
	case $1 in
	scan) question="scan ${4:-accelerator} $(($2)) $(($3))" ;;
	find | where) question="$1 ${3:-accelerator} $2 0 0" ;;
	*) question="$*" ;;
	esac
	# The port may be open once at a time.
	(
		flock 8
		exec 9<>"$port"
		printf '%s\n' "$question" >&9
		IFS= read -r -t 60 reply <&9 || reply='error no answer from the host'
		[[ $reply == ok* ]] || { echo "host: $reply" >&2; exit 1; }
		printf '%b\n' "${reply#ok }"
	) 8>/run/cloison-host.lock
}

# ---- what a test leaves ---------------------------------------------------

# Ends the tasks of every cgroup below DIR and removes it with them.
remove_cgroup() {
	local dir=$1
	[ -d "$dir" ] || return 0
	for _ in {1..50}; do
		echo 1 >"$dir/cgroup.kill" 2>/dev/null
		find "$dir" -depth -type d -exec rmdir {} + 2>/dev/null
		[ -d "$dir" ] || return 0
		sleep 0.1
	done
	note "cgroup $dir stays: $(cat "$dir/cgroup.procs")"
	return 1
}

# The names that a noun's listing has, a line each; mostly there is none.
names_of() {
	local class=cloison_$1
	[ "$1" != region ] || class=cloison
	[ -z "$(ls "/sys/class/$class" 2>/dev/null)" ] || cloison "$1" list --json 2>/dev/null | jq -r "$2"
}

# From the top down; what is left over then is an error of cloison's.
empty() {
	local name status=0
	for name in $(names_of region '.[] | .tenant + "/" + .region'); do
		cloison region destroy "$name" || status=1
	done
	for name in $(names_of tenant '.[].tenant'); do
		cloison tenant remove "$name" --force || status=1
	done
	for name in $(names_of pool '.[].pool'); do
		cloison pool remove "$name" || status=1
	done
	return "$status"
}

unload() {
	local status=0
	mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
	cloison guard unload --force || status=1
	rm -rf "$PINS"
	# The kernel lets go of the guard's programs some time after their last user.
	modprobe --remove --wait $((10000 * SLOW)) cloison || status=1
	return "$status"
}

# Whether guard and module are as a load leaves them, and nothing holds the module
# but the guard, always as often. They may stay then: to load them takes longer than
# most tests.
in_order() {
	local known=/run/cloison-test.refcnt
	cloison guard show >/dev/null 2>&1 || return
	[ "$(</sys/module/cloison/parameters/sweep_ms)" = 50 ] || return
	[ -e $known ] || cp /sys/module/cloison/refcnt $known
	cmp /sys/module/cloison/refcnt $known
}

# reset: everything; take_down: all but a guard that is in order.
reset() {
	local status=0
	clear_away || status=1
	[ ! -d /sys/module/cloison ] || unload || status=1
	return "$status"
}

take_down() {
	local status=0
	clear_away || status=1
	[ -d /sys/module/cloison ] || return "$status"
	[ "$status" != 0 ] || ! in_order || return 0
	unload || status=1
	return "$status"
}

clear_away() {
	local name status=0
	for name in $(ip netns list | cut -d' ' -f1); do
		ip netns pids "$name" | xargs -r kill -9
		ip netns delete "$name"
	done
	# Of a test that ended early; those of the kernel cannot be deleted, and stay.
	for name in $(ip -json link | jq -r '.[].ifname | select(. != "lo")'); do
		ip link delete "$name" 2>/dev/null
	done
	mountpoint -q "$CGROUPS" || mount -t cgroup2 cgroup2 "$CGROUPS"
	for name in "$CGROUPS"/*/ "$PEN"/*/; do
		[ "$name" != "$PEN/" ] || continue
		[ ! -d "$name" ] || remove_cgroup "${name%/}" || status=1
	done
	for name in "$TEST_MODULES"/*.ko; do
		name=$(basename "$name" .ko)
		[ ! -d "/sys/module/$name" ] || rmmod "$name" || status=1
	done
	[ ! -d /sys/module/cloison ] || empty || status=1
	return "$status"
}

# ---- setting up -------------------------------------------------------------

# Whether something could be made is no check of the test, but without it there
# is nothing to check.
must() {
	"$@" >"$work/output" 2>&1 && return
	note "cannot go on: $* failed with exit status $?"
	sed 's/^/#   /' "$work/output"
	exit 1
}

# The module, the guard, and the accelerator as pool accel0.
wall_up() {
	must modprobe cloison
	must cloison guard load
	must cloison pool add pci "$ACCELERATOR" --name accel0
}

# test_module NAME [PARAMETER=VALUE]...: a module of tests/kmod.
test_module() {
	local name=$1
	shift
	must insmod "$TEST_MODULES/$name.ko" "$@"
}

# make_tenant NAME [OPTION]...: its cgroup is $PEN/NAME unless --cgroup says else.
make_tenant() {
	local name=$1
	shift
	must cloison tenant add "$name" --quota 64M --cgroup "$PEN/$name" "$@"
}

# Lets tenants' cgroups have limits of memory.
memory_controlled() {
	local dir
	for dir in "$CGROUPS" "$PEN"; do echo +memory >"$dir/cgroup.subtree_control"; done
}

# make_region TENANT/REGION [SIZE]
make_region() { must cloison region create "$1" --pool accel0 --bytes "${2:-4M}"; }

# within_cgroup DIR COMMAND...: run it in a cgroup below DIR, as whatever a tenant's
# processes are. One for all: to make and remove one takes longer than most commands.
within_cgroup() {
	local leaf=$1/tasks
	shift
	[ -d "$leaf" ] || mkdir -p "$leaf" || return
	(
		echo "$BASHPID" >"$leaf/cgroup.procs" || exit 125
		exec "$@"
	)
}

# in_tenant NAME COMMAND...
in_tenant() {
	local name=$1
	shift
	within_cgroup "$PEN/$name" "$@"
}

# counted TENANT KIND REASON: the tenant's packets and calls that ended so; KIND is 0
# for what was enforced, 1 for what was only observed.
counted() {
	local at
	at=$(bpftool -j map dump pinned "$PINS/maps/cloison_tenants" |
		jq "2 * (.[].formatted.value | select(.name == \"$1\").index) + $2")
	bpftool -j map lookup pinned "$PINS/maps/cloison_stats" key $((at & 255)) $((at >> 8)) 0 0 |
		jq "[.formatted.values[].value.$3] | add"
}

# bpf_calls COMMAND...: how many calls of bpf(2) it makes that change something, when
# nothing stops it.
bpf_calls() { bpf-nth count "$@" 2>&1 >/dev/null | sed -n '$s/.* //p'; }

# killed_at N COMMAND...: it is killed before the Nth of these calls. Fails if it came to
# its end without one.
killed_at() {
	local n=$1 status=0
	shift
	bpf-nth kill change "$n" "$@" >"$work/output" 2>&1 || status=$?
	[ "$status" = 137 ]
}

# Run by the harness between two tests: bash lib.sh reset.
[ "${BASH_SOURCE[0]}" != "$0" ] || "$@"
