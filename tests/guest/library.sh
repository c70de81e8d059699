#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a program of thirty lines, built by pkg-config, opens and maps a region
# fresh
. /tests/guest/lib.sh

# inside CGROUP COMMAND...: in that cgroup.
inside() {
	bash -c 'echo $$ >"/sys/fs/cgroup/$0/cgroup.procs"; exec "$@"' "$@"
}

check 'the example was built with the tests' test -x /usr/lib/cloison-tests/map-region
check 'pkg-config knows the library' pkg-config --exists 'libcloison >= 0.1'
# shellcheck disable=SC2046 # flags are words
check 'the header compiles alone, as C' bash -c \
	'echo "#include <libcloison.h>" | gcc $(pkg-config --cflags libcloison) -Wall -Wextra -Werror -x c -c - -o /dev/null'

check 'a pool' cloison pool add ram --bytes 16M --name ram0
check 'the guard' cloison guard load
check 'a tenant' cloison tenant add acme --quota 16M
check 'another' cloison tenant add globex --quota 16M
check 'a region' cloison region create acme/weights --bytes 3000000 --pool ram0
# 2,000,000 bytes of 3 and 1,000,000 that nobody wrote: the sum is known.
head -c 2000000 /dev/zero | tr '\0' '\3' >"$work/threes"
check 'a load' cloison region load "$work/threes" acme/weights

same 'the example adds it up' "$(inside cloison/acme map-region acme/weights)" \
	'acme/weights: 3000000 bytes, sum 6000000'
same 'by path too' "$(inside cloison/acme map-region /dev/cloison/acme/weights)" \
	'/dev/cloison/acme/weights: 3000000 bytes, sum 6000000'
refused 'not from another tenant' 'not your tenant' inside cloison/globex map-region acme/weights
refused 'not from outside' 'not your tenant' map-region acme/weights
refused 'not what is no region' 'not a cloison node' inside cloison/acme map-region /dev/null
refused 'not what is not there' 'no such object' inside cloison/acme map-region acme/none

calls() { inside cloison/acme library-calls acme/weights "$1"; }
check 'a part of it is mapped to write, at any offset' calls range
check 'no mapping passes its limits' calls limits
check 'a part of it is exported as a dma-buf' calls export
check 'a mapping outlives the handle' calls outlive
check 'it is sealed, and then only read' calls seal
refused 'a sealed region is not opened to write' 'sealed' calls range

check 'a revoked region' cloison region revoke acme/weights
refused 'is told as such' 'was revoked' inside cloison/acme map-region acme/weights
finish
