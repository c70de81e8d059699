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

# Jobs in the background ignore a Ctrl-C; a TERM ends them, virtual hosts and all.
trap 'trap "" TERM; kill 0; exit 130' INT

need_root() {
	[ "$(id -u)" = 0 ] || die "needs root (it makes a Debian root and mounts in it): sudo $0 $*"
}

# hash_of FILE|DIR...: one short hash over names, modes and contents.
hash_of() {
	(cd "$TOP" && find "$@" -type f -printf '%m %p\0' | LC_ALL=C sort -z |
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
	local found=("$1/lib/modules/$2"*)
	[ -d "${found[-1]}" ] || die "no kernel $2 in $1"
	basename "${found[-1]}"
}

# short_kernel VERSION: 6.12.117+deb13-amd64 -> 6.12
short_kernel() { cut -d. -f1,2 <<<"$1"; }

# in_root ROOT DIR COMMAND: run it in the root, with DIR laid over, which takes
# all that it writes. The sources are in /src, read-only; /obj keeps objects from
# one call to the next.
in_root() {
	local root=$1 layer=$2 command=$3
	mkdir -p "$layer/upper" "$layer/work" "$layer/merged" "$VM/obj"
	unshare --mount --propagation private bash -euc '
		mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" overlay "$2/merged"
		mount --bind "$3" "$2/merged/src"
		mount -o remount,bind,ro "$2/merged/src"
		mount --bind "$4" "$2/merged/obj"
		mount -t proc proc "$2/merged/proc"
		mount --bind /dev "$2/merged/dev"
		exec chroot "$2/merged" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
			HOME=/root bash -euc "$5"
	' in_root "$root" "$layer" "$TOP" "$VM/obj" "$command"
}

# record FILE VERDICT WHERE WHAT [REASON]: one line of a results file; VERDICT is
# ok, "not ok" or skip, WHERE a kernel's version or what else was tested.
record() {
	local file=$1 verdict=$2 where=$3 what=$4 reason=${5:-}
	printf '%s\t%s\t%s\t%s\n' "$verdict" "$where" "$what" "$reason" >>"$file"
	printf '%-6s %s %s%s\n' "$verdict" "$where" "$what" "${reason:+  ($reason)}"
}

# The names of all guest tests: each has a title, which its libraries have not.
guest_tests() {
	grep -l '^# title: ' "$TOP"/tests/guest/*.sh | sed 's|.*/||; s|\.sh$||'
}
