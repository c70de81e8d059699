#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a command killed in mid-update, pins removed, the guard loaded again
# fresh
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh

net_up
guard_up
make_tenant acme
session acme "$WALLED" acme
allow out "$PEER" udp 7001
allowed="socket s udp4; sendto s $PEER 7001 @"
denied="socket s udp4; sendto s $PEER 7002 @"

# holds WHEN: the policy is in force as it was, for good and for bad.
holds() {
	leaks "$1: what was allowed" acme "$allowed"
	stays "$1: what was not" 'not permitted' acme "$denied"
}

generation() { cloison guard show --json | jq '.tenants[0].generation'; }
rules() { cloison net list acme --json | jq length; }

# Killed at any call of bpf(2) on its way, the command leaves the old policy or the new one.
killed() {
	local calls round broken=0 kept=0 before
	calls=$(bpf_calls cloison net allow acme out 10.200.0.0/16 tcp 1000)
	for round in {0..11}; do
		before=$(rules)
		killed_at $((1 + round * (calls - 1) / 12)) cloison net allow acme out 10.200.0.0/16 tcp "$((round + 1))" ||
			not_ok "there was a call to kill it at ($round of 11, $calls calls): $(tail -n 1 "$work/output")"
		case $(($(rules) - before)) in
		0) kept=$((kept + 1)) ;;
		1) ;;
		*) broken=$((broken + 1)) ;;
		esac
	done
	same "a command killed in mid-update leaves one policy or the other ($kept times the old one)" "$broken" 0
	holds 'after it'
	check 'the next change goes through' cloison net allow acme out 10.201.0.0/16
	check 'and the guard is whole' cloison guard show
}

attempt 'what no rule allows' 'not permitted' "$denied"
holds 'at first'
killed

before=$(generation)
check 'the guard is loaded again' cloison guard load
same 'the policy stays that of before' "$(generation)" "$before"
holds 'loaded again'
refused 'the guard is not unloaded under a tenant' 'tenant' cloison guard unload
holds 'not unloaded'

# Admission by the module and what it asks are not what stops packets.
link=$(cloison guard show --json | jq .struct_ops_link)
must bpftool link detach id "$link"
stays 'admission detached: what is not allowed' 'not permitted' acme "$denied"
check 'the guard is loaded again' cloison guard load
check 'and is whole' cloison guard show

# Somebody cleans up in bpffs, or mounts something over it.
rm -rf "$PINS/pens"
holds 'the pins of the links removed'
rm -rf "${PINS:?}"
holds 'all pins removed'
refused 'the guard says that they are missing' 'pin .* is missing' cloison guard show
check 'two loaders at once' eval 'cloison guard load & cloison guard load && wait $!'
check 'pin them again' cloison guard show
same 'under the policy of before' "$(generation)" "$before"
must umount /sys/fs/bpf
holds 'bpffs unmounted'
refused 'a tenant is not added without it' 'guard load' \
	cloison tenant add globex --quota 1M --cgroup "$PEN/globex"
check 'the next load mounts it' cloison guard load
check 'and the guard is whole' cloison guard show
holds 'bpffs mounted again'
must mount -t bpf bpf /sys/fs/bpf
holds 'another bpffs over it'
check 'the next load pins there' cloison guard load
must umount /sys/fs/bpf

# A loader that was killed anywhere on its way leaves what the next one mends.
rm -rf "${PINS:?}"
calls=$(bpf_calls cloison guard load)
for tenth in 1 3 5 7 9; do
	rm -rf "${PINS:?}"
	check "a loader is killed after $tenth tenths of its way" killed_at $((calls * tenth / 10)) cloison guard load
done
holds 'loaders killed'
check 'the next loader mends it' cloison guard load
check 'and the guard is whole' cloison guard show
refused 'the module stays while it holds the guard' 'in use' rmmod cloison

# What holds them is the module, and it lets go when it is told to.
must cloison guard unload --force
leaks 'control: let go of, what was denied passes' acme "$denied"
finish
