#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: System V objects and keys between two tenants of one uid; POSIX queues
# timeout: 200
. /tests/guest/lib.sh
. /tests/guest/lib-process.sh

kinds=(shm msg sem key)
# A key that may not be read is answered as one that is not there.
denials='Permission denied|not permitted|Required key not available'
# makes CGROUP USER KIND: prints its number.
makes() { by "$1" "$2" shared-try make "$3"; }
# left CGROUP USER KIND NUMBER: takes it away from the one that has it.
left() { by "$1" "$2" shared-try remove "$3" "$4" >/dev/null; }

processes_up
for user in root 65534; do
	for kind in "${kinds[@]}"; do
		number=$(makes "$BESIDE" "$user" "$kind")
		for what in use change remove; do
			check "control, no wall, as $user: $what $kind" \
				by "$OPEN" "$user" shared-try "$what" "$kind" "$number"
		done
	done
done
# It runs a helper as the host's root: the helper is the witness.
if [ -e /proc/sys/kernel/keys ]; then
	refused 'control, no wall: the kernel looks for a key, and finds none' \
		'Required key not available|No such file' by "$OPEN" root shared-try request
fi

must modprobe cloison
must cloison guard load
make_tenant acme
make_tenant globex
for user in root 65534; do
	for kind in "${kinds[@]}"; do
		theirs=$(makes "$PEN/globex" "$user" "$kind") || note "$theirs"
		for what in use change remove; do
			refused "as $user: $what globex's $kind" "$denials" \
				by "$PEN/acme" "$user" shared-try "$what" "$kind" "$theirs"
		done
		check "globex goes on: $kind" by "$PEN/globex" "$user" shared-try use "$kind" "$theirs"
		check "the host may: $kind" by "$OPEN" "$user" shared-try remove "$kind" "$theirs"
		hosts=$(makes "$BESIDE" "$user" "$kind")
		for what in use change remove; do
			refused "as $user: $what the host's $kind" "$denials" \
				by "$PEN/acme" "$user" shared-try "$what" "$kind" "$hosts"
		done
		left "$BESIDE" "$user" "$kind" "$hosts"
		own=$(makes "$PEN/acme" "$user" "$kind")
		for what in use change remove; do
			check "as $user: $what its own $kind" \
				by "$PEN/acme" "$user" shared-try "$what" "$kind" "$own"
		done
	done
done

# An address that is used again is not taken for the one before it.
for _ in {1..20}; do
	number=$(makes "$PEN/globex" root sem)
	left "$PEN/globex" root sem "$number"
	number=$(makes "$BESIDE" root sem)
	by "$PEN/globex" root shared-try use sem "$number" >/dev/null && break
	left "$BESIDE" root sem "$number"
	number=
done
same 'what globex had and removed is not its own when the host makes the next' "${number:-}" ''
refused 'no helper runs as the host'"'"'s root to find a key' 'not permitted' \
	by "$PEN/acme" root shared-try request
check 'a session keyring of its own' by "$PEN/acme" root shared-try session
check 'in a user and an ipc namespace of its own' in_tenant acme \
	unshare --user --map-root-user --ipc shared-try session
check 'and System V there' in_tenant acme unshare --user --map-root-user --ipc sh -c \
	'n=$(shared-try make shm) && shared-try use shm "$n" && shared-try remove shm "$n"'
check 'what the host shows of itself' in_tenant acme ipcs -l

# ---- what one tenant takes from all others -------------------------------------------------

# 5 namespaces of its own, of 32,000 semaphores each: more than there is room for notes.
declare -a fills=()
for i in {1..5}; do
	: >"$work/fill.$i"
	in_tenant acme unshare --user --map-root-user --ipc shared-try fill sem 32000 \
		>"$work/fill.$i" 2>&1 &
	fills+=($!)
done
for i in {1..5}; do
	within "acme has 32,000 semaphores in a namespace of its own ($i)" 120 \
		grep -q filled "$work/fill.$i"
done
for kind in shm msg sem; do
	number=$(makes "$PEN/globex" root "$kind")
	check "another tenant still makes its own: $kind" \
		by "$PEN/globex" root shared-try use "$kind" "$number"
	left "$PEN/globex" root "$kind" "$number"
done
kill "${fills[@]}"
wait "${fills[@]}" 2>/dev/null
theirs=$(makes "$PEN/globex" root key)
check 'acme makes 70,000 keys, and still has the one that it uses' \
	by "$PEN/acme" root shared-try fill key 70000
check "globex's key is still its own" by "$PEN/globex" root shared-try use key "$theirs"
refused "and not acme's" "$denials" by "$PEN/acme" root shared-try use key "$theirs"

# POSIX queues are files of the ipc namespace, and go by uid and mode.
mountpoint -q /dev/mqueue || { mkdir -p /dev/mqueue && mount -t mqueue none /dev/mqueue; }
must by "$PEN/globex" 65534 shared-try make mq
refused 'a POSIX queue of another uid' 'Permission denied' \
	by "$PEN/acme" 65533 shared-try use mq 0
refused 'a POSIX queue, in an ipc namespace of its own' 'No such file' \
	in_tenant acme unshare --ipc shared-try use mq 0
check 'known gap, still open: one of the same uid in the same ipc namespace' \
	by "$PEN/acme" 65534 shared-try use mq 0
must by "$PEN/globex" 65534 shared-try remove mq 0
finish
