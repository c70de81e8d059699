#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: the guard's parser under libFuzzer with sanitizers, from all packet vectors on
# where: host
# percent: 50
set -eu -o pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
: "${SOAK_SEED:=1}" "${SOAK_OUT:=$top/build/soak}"
seconds=${SOAK_SECONDS:-${PARSER_SECONDS:-600}}
"$top/tests/need" gcc clang libc6-dev linux-libc-dev libbpf-dev
"$top/tests/need" "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
mkdir -p "$SOAK_OUT"
work=$(mktemp -d "$SOAK_OUT/parser.XXXXXX")
trap 'rm -rf "$work"' EXIT

cd "$top"
# No kernel is asked for the vectors' bytes, so a few files are enough.
gcc -D_GNU_SOURCE -O1 -Ibpf -Itests/bpf -o "$work/seeds" tests/fuzz/seeds.c tests/bpf/table.c \
	tests/bpf/packet.c
clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Wall -Wextra -Werror \
	-Itests/fuzz -Ibpf -o "$work/parse" tests/fuzz/parse.c
mkdir "$work/corpus"
"$work/seeds" "$work/corpus"
if ! "$work/parse" -seed="$((SOAK_SEED % 2147483647))" -max_total_time="$seconds" -max_len=2048 \
	-artifact_prefix="$SOAK_OUT/parser-" -print_final_stats=1 "$work/corpus" >"$work/log" 2>&1; then
	tail -n 60 "$work/log"
	exit 1
fi
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
echo "# executed $runs packets at the parser, seed $SOAK_SEED, $(sed -nE \
	's/.*DONE +(cov: [0-9]+ ft: [0-9]+ corp: [0-9]+).*/\1/p' "$work/log")"
# A fuzzer that did next to nothing has shown nothing.
[ "$runs" -gt "$((seconds * 100))" ]
