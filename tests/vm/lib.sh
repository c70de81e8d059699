# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the scripts of the virtual host share. Source it, do not run it.

set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${CLOISON_BUILD:-$TOP/build}
VM=$BUILD/vm
# Read by the scripts that source this file.
# shellcheck disable=SC2034
TESTS=$BUILD/test

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

need_root() {
	[ "$(id -u)" = 0 ] || die "needs root (it makes a Debian root and mounts in it): sudo $0 $*"
}

# hash_of FILE|DIR...: one short hash over names, modes and contents.
hash_of() {
	(cd "$TOP" && find $(ls -d "$@" 2>/dev/null) -type f -printf '%m %p\0' | LC_ALL=C sort -z |
		while IFS=' ' read -r -d '' mode file; do
			printf '%s %s\n' "$mode" "$file"
			cat -- "$file"
		done | sha256sum | cut -c1-16)
}

# locked FILE COMMAND...: run it while nobody else holds FILE.
locked() {
	local file=$1
	shift
	mkdir -p "$(dirname "$file")"
	(
		flock -n 9 || { say "waiting for ${file##*/}"; flock 9; }
		"$@"
	) 9>"$file"
}

# kernel_of ROOT 6|7|VERSION: the full version of that kernel in the root.
kernel_of() {
	local want=$1/lib/modules/$2* found
	# shellcheck disable=SC2086 # the pattern is meant to match
	found=$(ls -d $want 2>/dev/null | tail -n1)
	[ -n "$found" ] || die "no kernel $2 in $1"
	basename "$found"
}

# short_kernel VERSION: 6.12.117+deb13-amd64 -> 6.12
short_kernel() { cut -d. -f1,2 <<<"$1"; }
