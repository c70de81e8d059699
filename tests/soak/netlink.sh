#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: the netlink walk beside this host's kernel, in networks of a user namespace
# where: host
# percent: 50
set -eu -o pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
: "${SOAK_SEED:=1}" "${SOAK_OUT:=$top/build/soak}"
seconds=${SOAK_SECONDS:-${NETLINK_SECONDS:-600}}
"$top/tests/need" clang libc6-dev linux-libc-dev
"$top/tests/need" "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
unshare --user --map-root-user --net true ||
	{ echo "this kernel lets no user namespace have a network: set user.max_net_namespaces"; exit 1; }
mkdir -p "$SOAK_OUT"
work=$(mktemp -d "$SOAK_OUT/netlink.XXXXXX")
trap 'rm -rf "$work"' EXIT

cd "$top"
clang -D_GNU_SOURCE -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -Wall -Wextra -Werror \
	-Wstrict-prototypes -Wmissing-prototypes -Itests/fuzz -Ibpf -o "$work/netlink" tests/fuzz/netlink*.c
# What lives in namespaces of its own has no /proc for the search for leaks.
export ASAN_OPTIONS=detect_leaks=0
status=0
"$work/netlink" kernel tests/fuzz/netlink.corpus "$SOAK_SEED" "$seconds" >"$work/log" 2>&1 || status=$?
grep -v '^finding' "$work/log" | sed "s/at the netlink walk,/&  seed $SOAK_SEED,/; s/,  seed/, seed/" || true
[ "$status" = 0 ] || { grep '^finding' "$work/log" | tee "$SOAK_OUT/netlink-findings" | cut -c1-400; exit 1; }
