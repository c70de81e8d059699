#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: measuring: kernel, command and coreutils find the same Merkle root
. /tests/guest/memory.sh

root_of() { "$@" -j | jq -r .root; }

# As docs/uapi.md says, with coreutils alone.
by_hand() {
	local file=$1 level="$work/level" next="$work/next" leaf=0 bytes
	bytes=$(stat -c %s "$file")
	: >"$level"
	while [ $((leaf * 2097152)) -lt "$bytes" ]; do
		{ printf '\0'; dd if="$file" bs=2M skip="$leaf" count=1 status=none; } |
			sha256sum | cut -c1-64 >>"$level"
		leaf=$((leaf + 1))
	done
	while [ "$(wc -l <"$level")" -gt 1 ]; do
		: >"$next"
		while read -r left; do
			if read -r right; then
				# shellcheck disable=SC2001 # no other way puts \x before each byte
				printf '%b' "\\x01$(sed 's/../\\x&/g' <<<"$left$right")" |
					sha256sum | cut -c1-64 >>"$next"
			else
				echo "$left" >>"$next"
			fi
		done <"$level"
		mv "$next" "$level"
	done
	cat "$level"
}

head -c 7000001 /dev/urandom >"$work/model"
check 'a pool' cloison pool add ram --bytes 32M --name ram0
check 'the guard' cloison guard load
check 'a tenant' cloison tenant add acme --quota 32M
check 'a region like the file' cloison region create acme/weights --like "$work/model"

empty=$(root_of cloison region measure acme/weights)
expected=$(by_hand "$work/model")
check 'a root has 64 digits' grep -Eqx '[0-9a-f]{64}' <<<"$expected"
same 'the command measures the file as coreutils do' \
	"$(root_of cloison measure "$work/model")" "$expected"
check 'the empty region has another root' test "$empty" != "$expected"

check 'the file is loaded' cloison region load "$work/model" acme/weights
same 'the kernel finds the root of the file' "$(root_of cloison region measure acme/weights)" "$expected"
same 'and says that it may still change' \
	"$(cloison region measure acme/weights -j | jq .sealed)" false
same 'all of it was measured' "$(cat /sys/class/cloison/*/measured)" 7000001

check 'it is sealed' cloison region seal acme/weights
same 'the root is the same' "$(root_of cloison region measure acme/weights)" "$expected"
same 'and final' "$(cloison region measure acme/weights -j | jq .sealed)" true
same 'asked again, from what is kept' "$(root_of cloison region measure acme/weights)" "$expected"

printf x | dd of="$work/model" bs=1 seek=4194305 conv=notrunc status=none
check 'one other byte, another root' test "$(root_of cloison measure "$work/model")" != "$expected"
check 'an empty file' touch "$work/empty"
refused 'has none' 'nothing to measure' cloison measure "$work/empty"
check 'it is revoked' cloison region revoke acme/weights
refused 'and has none any more' 'revoked' cloison region measure acme/weights
finish
