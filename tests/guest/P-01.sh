#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: ptrace and all that goes by its rule: another tenant's or the host's process
# timeout: 400
. /tests/guest/lib.sh
. /tests/guest/lib-process.sh

attempts=(attach seize vm-readv vm-writev mem environ maps smaps cmdline auxv root fd ns getfd oom)
denials='not permitted|Permission denied'

processes_up
for user in root 65534; do
	victim "open-$user" "$BESIDE" "$user"
	for attempt in "${attempts[@]}"; do
		check "control, no wall, as $user: $attempt" reach "$OPEN" "$user" "$attempt" "open-$user"
	done
done
check 'control, no wall: a child is traced by its parent elsewhere' \
	process-try traceme "$OPEN" "$BESIDE"

check 'control, no wall: its memory is paged out' reach "$OPEN" root madvise open-root

wall_up
make_tenant acme
make_tenant globex
make_region globex/weights
for user in root 65534; do
	victim "host-$user" "$BESIDE" "$user"
	victim "globex-$user" "$PEN/globex" "$user"
	victim "acme-$user" "$PEN/acme" "$user"
	for attempt in "${attempts[@]}"; do
		for whose in globex host; do
			refused "as $user, on a process of $whose: $attempt" "$denials" \
				reach "$PEN/acme" "$user" "$attempt" "$whose-$user"
		done
		check "as $user, on a process of its own: $attempt" \
			reach "$PEN/acme" "$user" "$attempt" "acme-$user"
		check "the host, as $user, on a tenant's process: $attempt" \
			reach "$OPEN" "$user" "$attempt" "globex-$user"
	done
done

# From 6.13 the kernel asks whether a task may look at all there is (CAP_PERFMON), and no
# hook. It takes nothing away and shows nothing.
kernel=$(uname -r)
if [[ $kernel == 6.12* ]]; then
	refused "another's memory is not paged out" "$denials" \
		reach "$PEN/acme" root madvise globex-root
else
	check "known gap, still open: another's memory is paged out" \
		reach "$PEN/acme" root madvise globex-root
fi
refused 'nor by a user' "$denials" reach "$PEN/acme" 65534 madvise globex-65534
check 'what was in it is there' reach "$OPEN" root vm-readv globex-root
check 'its own is paged out' reach "$PEN/acme" root madvise acme-root

mkdir -p "$PEN/acme/tasks" "$PEN/globex/tasks"
refused 'a tenant does not trace a child that is another'"'"'s' 'not permitted' \
	process-try traceme "$PEN/acme/tasks" "$PEN/globex/tasks"
refused 'nor one that is of no tenant' 'not permitted' \
	process-try traceme "$PEN/acme/tasks" "$BESIDE"
check 'its own it does' process-try traceme "$PEN/acme/tasks" "$PEN/acme/tasks"
check 'the host traces a tenant'"'"'s child' process-try traceme "$OPEN" "$PEN/acme/tasks"

# The reason for all of this: another's weights, read by its own task.
must in_tenant globex sh -c 'echo weights-of-globex | dd of=/dev/cloison/globex/weights conv=notrunc status=none'
refused 'another tenant'"'"'s root directory leads to no region' 'Permission denied' \
	by "$PEN/acme" root cat "/proc/${victim_pid[globex-root]}/root/dev/cloison/globex/weights"

# What a debugger does to its own.
check 'strace of its own' in_tenant acme strace -f -o "$work/trace" sh -c 'true; true | cat'
check 'and it saw them all' grep -q exit_group "$work/trace"
told() { counted acme 0 outside; }
before=$(told)
check 'what was refused is counted' test "$before" -gt 0
check 'what ps reads of each process' in_tenant acme cat "/proc/${victim_pid[host-root]}/stat"
same 'that reaches for none, and no event is spent on it' "$(told)" "$before"
check 'ps' in_tenant acme ps ax
check 'in a user and pid namespace of its own' in_tenant acme \
	unshare --user --map-root-user --pid --fork --mount-proc strace -o "$work/inner" true
finish
