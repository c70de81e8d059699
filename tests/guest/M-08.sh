#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: every ioctl at its edges: sizes, guard pages, unknown bits, bytes nobody wrote
# fresh
# timeout: 300
. /tests/guest/memory.sh

memory_up
make_tenant acme
make_tenant globex
make_tenant initech
# The words that are tried at 1 and 2 are numbers too: of what may go.
make_region acme/first 2M
make_region acme/second 2M
must cloison pool add ram --bytes 2M --name second
make_region acme/w 2M
make_region acme/sealed 2M
must try acme open:rw:/dev/cloison/acme/sealed seal
number_of() { cloison region show "$1" -j | jq .number; }
mkdir "$PEN/edge-a" "$PEN/edge-b"
must cloison pool add ram --bytes 16M --name room
findings ioctl-edge control "$(cat /sys/class/cloison_pool/room/number)" \
	"$PEN/edge-a" "$PEN/edge-b" "$(number_of acme/sealed)"
check "the control's findings are as many as there are ioctls for" \
	test "$(grep -c 'good arguments: accepted' "$work/findings")" = 22

# One name, eight at once.
for i in 1 2 3 4 5 6 7 8; do
	cloison region create acme/one --pool accel0 --bytes 1 >"$work/one$i" 2>&1 &
	cloison region grant acme/sealed initech --name one >"$work/two$i" 2>&1 &
done
wait
same "of eight creates of one name at once one succeeds" "$(grep -l '^/dev/cloison' "$work"/one* | wc -l)" 1
same "and of eight grants" "$(grep -l '^/dev/cloison' "$work"/two* | wc -l)" 1
same "the others are told that the name is taken" "$(grep -l 'acme/one.*exists' "$work"/one* | wc -l)" 7

findings in_tenant acme ioctl-edge region /dev/cloison/acme/w
check "the region's too" test "$(grep -c 'good arguments: accepted' "$work/findings")" = 3
finish
