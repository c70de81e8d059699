# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # the tests use them; $work is lib.sh's
# What the tests of processes share; source it after lib.sh. Two cgroups are no
# tenant's, $OPEN and $BESIDE: what is tried between tenants works between them.
# ENV_OF_ALL is in the environment of all, so that there is something to read.

OPEN=$CGROUPS/open
BESIDE=$CGROUPS/beside
ENV_OF_ALL=1
export ENV_OF_ALL

declare -A victim_pid victim_at

processes_up() {
	must mkdir -p "$OPEN" "$BESIDE"
	# What the kernel itself forbids between two processes would be none of the wall's.
	[ ! -e /proc/sys/kernel/yama/ptrace_scope ] || echo 0 >/proc/sys/kernel/yama/ptrace_scope
}

# as USER COMMAND...: root, or the number of one that may do nothing else.
as() {
	local user=$1
	shift
	[ "$user" != root ] || exec "$@"
	exec setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps=-all "$@"
}

# by CGROUP USER COMMAND...: run it there.
by() {
	local cgroup=$1 user=$2
	shift 2
	within_cgroup "$cgroup" bash -c "$(declare -f as); as \"\$@\"" as "$user" "$@"
}

# victim NAME CGROUP USER: a process to be reached; what it says is in $work/NAME.
victim() {
	local name=$1
	: >"$work/$name"
	by "$2" "$3" process-try victim >"$work/$name" 2>&1 &
	within "$name is there" 30 grep -q '^at ' "$work/$name"
	victim_pid[$name]=$(sed -n 's/^pid //p' "$work/$name")
	victim_at[$name]=$(sed -n 's/^at //p' "$work/$name")
}

# reach CGROUP USER WHAT VICTIM: one attempt of process-try on it.
reach() {
	by "$1" "$2" process-try "$3" "${victim_pid[$4]}" "${victim_at[$4]}"
}

signals() { grep -c '^signal' "$work/$1"; }
