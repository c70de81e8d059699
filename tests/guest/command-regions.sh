#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: the command: regions from create and load to destroy; their JSON, exit codes and errors
# fresh
# timeout: 400
. /tests/guest/lib.sh
. /tests/guest/lib-command.sh

regions() {
	head -c 3000000 /dev/urandom >"$work/weights"
	exits 2 'which pool' 'more than one pool' cloison region create acme/w --bytes 2M
	exits 3 'a pool that is not there' 'cloison pool list' \
		cloison region create acme/w --bytes 2M --pool none
	exits 0 'a region' 'acme/kv: 4M of pool ram0' \
		cloison region create acme/kv --pool ram0 --bytes 4M --gid 7 --mode 0640
	same 'its node' "$(stat -c '%U %g %a %F' /dev/cloison/acme/kv)" 'root 7 640 character special file'
	exits 0 'a region like a file' 'acme/weights: 3000000' \
		cloison region create acme/weights --pool accel0 --like "$work/weights"
	exits 8 'a name that is taken' 'region show acme/kv' \
		cloison region create acme/kv --pool ram0 --bytes 2M
	exits 7 'over the quota' 'acme uses 8M of its 16M, and 10M more' \
		cloison region create acme/more --pool ram0 --bytes 10M
	exits 7 'no room' 'largest free extent of ram0 is 60M; 62M are asked' \
		cloison region create initech/all --pool ram0 --bytes 62M
	exits 0 'a load' 'acme/weights: 2.9 MiB loaded in .*/s$' \
		cloison region load "$work/weights" acme/weights
	same 'its bytes are those of the file' \
		"$(become_in cloison/acme sha256sum /dev/cloison/acme/weights | cut -d' ' -f1)" \
		"$(sha256sum <"$work/weights" | cut -d' ' -f1)"
	same 'no cgroup is left of it' "$(find "$PEN/acme" -mindepth 1 -type d)" ''
	head -c 5000000 /dev/zero >"$work/large"
	exits 7 'a file that is too large' 'region create TENANT/REGION --like' \
		cloison region load "$work/large" acme/weights
	exits 3 'a file that is not there' 'No such file' cloison region load "$work/none" acme/weights
	json 'a load as JSON' 'j["bytes"] == 3000000 and j["bytes_per_second"] > 0 and not j["sealed"]' \
		cloison region load -j "$work/weights" acme/weights
	same_fields 'region list' cloison region list
	json 'region list of one tenant' '[r["region"] for r in j] == []' cloison region list initech -j
	json 'region list' '{(r["tenant"], r["region"], r["state"]) for r in j} ==
		{("acme", "kv", "ready"), ("acme", "weights", "ready")}' cloison region list -j
}

sizes() {
	exits 0 'a region grows' 'region acme/kv: 6M' cloison region resize acme/kv --bytes 6M
	json 'it shows' 'j["bytes"] == 6 << 20' cloison region show acme/kv -j
	exits 7 'not over the quota' 'acme uses 10M of its 16M' cloison region resize acme/kv --bytes 13M
	exits 7 'nor without room' 'largest free extent of ram0' \
		cloison region resize acme/kv --bytes 1G
	exits 2 'nor to nothing' 'say how large' cloison region resize acme/kv --bytes 0
	exits 0 'it shrinks' 'region acme/kv: 4M' cloison region resize acme/kv --bytes 4M
}

grants() {
	exits 4 'what is not sealed is not granted' 'seal it first' \
		cloison region grant acme/kv initech
	exits 0 'what is sealed is' 'initech/weights: acme/weights, to be read by initech' \
		cloison region grant acme/weights initech
	exits 8 'once' 'is granted to initech already' cloison region grant acme/weights initech --name w
	same_fields 'region grants' cloison region grants
	json 'region grants' '[(g["tenant"], g["name"], g["region"], g["mode"]) for g in j] ==
		[("initech", "weights", "acme/weights", "0440")]' cloison region grants initech -j
	json 'region show names them' 'j["grants"] == ["initech/weights"]' cloison region show acme/weights -j
	exits 2 'a mode that promises writing' 'read only' \
		cloison region grant acme/weights initech --mode 0660
	exits 3 'to nobody' 'cloison tenant list' cloison region grant acme/weights nobody
	exits 0 'it is taken back' '' cloison region ungrant acme/weights initech
	exits 3 'once' 'is not granted to initech' cloison region ungrant acme/weights initech
	exits 4 'what is sealed keeps its size' 'is sealed' cloison region resize acme/weights --bytes 1M
}

# The life of a region to its end, and what each error then says.
ends() {
	exits 0 'a region is sealed' '' cloison region seal acme/weights
	exits 0 'again is no error' '' cloison region seal acme/weights
	json 'it says so' 'j["state"] == "sealed"' cloison region show acme/weights -j
	grants
	exits 4 'it cannot be loaded any more' 'is sealed' \
		cloison region load "$work/weights" acme/weights
	exits 0 'another is sealed as it is loaded' 'loaded in .*, sealed' \
		cloison region load --seal "$work/weights" acme/kv
	become_in cloison/acme python3 -c '
import mmap, os, time
fd = os.open("/dev/cloison/acme/kv", os.O_RDONLY)
memory = mmap.mmap(fd, 4 << 20, prot=mmap.PROT_READ)
time.sleep(60)' &
	local holder=$!
	within 'region show names who holds it' 10 holds "$holder"
	kill "$holder"
	wait "$holder" 2>/dev/null
	exits 0 'region show as text' '^node +/dev/cloison/acme/kv' cloison region show acme/kv
	exits 0 'a region is revoked' '' cloison region revoke acme/kv
	exits 0 'again is no error' '' cloison region revoke acme/kv
	json 'it says so' '[r["state"] for r in j if r["region"] == "kv"] == ["revoked"]' \
		cloison region list -j
	exits 1 'it cannot be used any more' 'region destroy acme/kv' cloison region seal acme/kv
	exits 0 'a region is destroyed' '' cloison region destroy acme/kv
	exits 3 'it is gone' 'cloison region list' cloison region show acme/kv
}

holds() {
	cloison region show acme/kv -j >"$work/held"
	python3 -c '
import json, sys
j = json.load(open(sys.argv[1]))
user = [u for u in j["users"] if u["pid"] == int(sys.argv[2])][0]
assert user["opened"] and user["mapped"] and j["opens"] and j["mappings"]
' "$work/held" "$1"
}

# A terminal, so that the bar is drawn.
progress() {
	check 'a load draws its progress on a terminal' bash -c \
		'script -qec "cloison region load $0 acme/again" /dev/null | grep -q "\[####.*100%"' "$work/weights"
}

without_guard() {
	check 'the guard is taken away' cloison guard unload --force
	exits 6 'a load says what to do' 'cloison guard load' \
		cloison region load "$work/weights" acme/again
}

removal() {
	exits 8 'a pool with regions stays' 'destroy them first' cloison pool remove accel0
	exits 8 'a tenant with regions stays' 'destroy them first' cloison tenant remove acme
	exits 0 'the regions go' '' cloison region destroy acme/weights
	exits 0 'all of them' '' cloison region destroy acme/again
	exits 0 'then the tenant' '' cloison tenant remove acme
	exits 0 'then the pool' '' cloison pool remove accel0
}

check 'a pool' cloison pool add ram --bytes 64M --name ram0
check 'another' cloison pool add pci "$ACCELERATOR" --name accel0
check 'the guard' cloison guard load
check 'a tenant' cloison tenant add acme --quota 16M
check 'another' cloison tenant add initech --quota 1G
regions
sizes
ends
exits 0 'one more region' 'acme/again: 3000000' \
	cloison region create acme/again --pool ram0 --like "$work/weights"
progress
without_guard
removal
finish
