#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: signals, and what changes how a process runs: another tenant's or the host's
# timeout: 400
. /tests/guest/lib.sh
. /tests/guest/lib-process.sh

signals=(kill tgkill sigqueue pidfd-signal setown setown-ex setown-ioctl)
changes=(nice ioprio scheduler affinity rlimit migrate-pages)

# arrives WHAT CGROUP USER ATTEMPT VICTIM: it is sent, and it comes.
arrives() {
	local before
	before=$(signals "$5")
	check "$1" reach "$2" "$3" "$4" "$5"
	within "it arrives: $1" 30 sh -c "[ \$(grep -c '^signal' '$work/$5') -gt $before ]"
}

# lost WHAT ATTEMPT USER VICTIM: acme is refused.
lost() {
	refused "$1" 'not permitted' reach "$PEN/acme" "$3" "$2" "$4"
}

# quiet VICTIM: nothing came. What the host sends behind it has arrived.
quiet() {
	local pid=${victim_pid[$1]} before
	before=$(signals "$1")
	must kill -USR1 "$pid"
	within "$1 is alive" 30 sh -c "[ \$(grep -c '^signal' '$work/$1') -gt $before ]"
	same "no other signal came to $1" "$(signals "$1")" 1
}

processes_up
for user in root 65534; do
	victim "open-$user" "$BESIDE" "$user"
	for attempt in "${signals[@]}"; do
		arrives "control, no wall, as $user: $attempt" "$OPEN" "$user" "$attempt" "open-$user"
	done
	for attempt in "${changes[@]}"; do
		check "control, no wall, as $user: $attempt" reach "$OPEN" "$user" "$attempt" "open-$user"
	done
done
arrives 'control, no wall: to all that there are' "$OPEN" 65534 kill-all open-65534

guard_up() {
	must modprobe cloison
	must cloison guard load
}
guard_up
make_tenant acme
make_tenant globex
for user in root 65534; do
	victim "host-$user" "$BESIDE" "$user"
	victim "globex-$user" "$PEN/globex" "$user"
	victim "acme-$user" "$PEN/acme" "$user"
	for attempt in "${signals[@]}" "${changes[@]}"; do
		for whose in globex host; do
			lost "as $user, to a process of $whose: $attempt" "$attempt" "$user" "$whose-$user"
		done
	done
	for attempt in kill tgkill sigqueue pidfd-signal kill-all; do
		arrives "as $user, to a process of its own: $attempt" \
			"$PEN/acme" "$user" "$attempt" "acme-$user"
	done
	for attempt in "${changes[@]}" setown-self; do
		check "as $user, on a process of its own: $attempt" \
			reach "$PEN/acme" "$user" "$attempt" "acme-$user"
	done
	arrives "the host's kill, as $user, to a tenant's process" "$OPEN" "$user" kill "globex-$user"
done
# The host's one signal to each of these is all that came, kill(-1) of acme's included.
for user in root 65534; do
	quiet "host-$user"
	same "globex, as $user, had the host's signal only" "$(signals "globex-$user")" 1
done

# ---- what must go on ---------------------------------------------------------------

check 'SIGCHLD, wait and job control of a shell' in_tenant acme bash -c \
	'sleep 100 & kill -STOP $!; kill -CONT $!; kill $!; wait $!; [ $? = 143 ]'
check 'a group of its own' in_tenant acme bash -c \
	'set -m; sleep 100 & kill -TERM -- -$!; wait $!; [ $? = 143 ]'
# In a pid namespace of its own a number means a process of its own, and of the kernel's
# signals none is refused: the end of its first process ends the others.
inner='process-try victim >"$0" & until grep -q "^at" "$0"; do :; done
process-try setown $! && process-try setown-ex $! && process-try setown-ioctl $!'
check 'SIGIO to another process in a pid namespace of its own' in_tenant acme \
	unshare --pid --fork --mount-proc bash -c "$inner" "$work/inner"
inner_gone() {
	local pid namespace
	while read -r pid; do
		namespace=$(readlink "/proc/$pid/ns/pid") || continue
		[ "$namespace" = "$(readlink /proc/1/ns/pid)" ] || return 1
	done <"$PEN/acme/tasks/cgroup.procs"
}
check 'no process of it is left' inner_gone
check 'timeout ends what takes too long' in_tenant acme sh -c 'timeout 1 sleep 100; [ $? = 124 ]'
# The parent ends when the child waits for that.
check 'control: a parent with a child' in_tenant acme bash -c \
	'setpriv --pdeathsig USR1 process-try victim >"$0" & until grep -q "^at" "$0"; do :; done' "$work/orphan"
within 'the death of a parent is told' 30 grep -q '^signal' "$work/orphan"
same 'once' "$(signals orphan)" 1
finish
