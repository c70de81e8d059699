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

# Killed anywhere on its way, the command leaves the old policy or the new one.
killed() {
	local pause round broken=0 before
	for round in {1..12}; do
		before=$(rules)
		cloison net allow acme out 10.200.0.0/16 tcp "$round" >/dev/null 2>&1 &
		pause=$((round * round * 400))
		nap "0.$(printf '%06d' "$pause")"
		kill -9 $! 2>/dev/null
		wait $! 2>/dev/null
		case $(($(rules) - before)) in
		0 | 1) ;;
		*) broken=$((broken + 1)) ;;
		esac
	done
	same 'a command killed in mid-update leaves one policy or the other' "$broken" 0
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
for after in 0.{10..50..10}; do
	rm -rf "${PINS:?}"
	(timeout -s KILL "$after" cloison guard load) >/dev/null 2>&1
done
holds 'loaders killed'
check 'the next loader mends it' cloison guard load
check 'and the guard is whole' cloison guard show
refused 'the module stays while it holds the guard' 'in use' rmmod cloison

# What holds them is the module, and it lets go when it is told to.
must cloison guard unload --force
leaks 'control: let go of, what was denied passes' acme "$denied"
finish
