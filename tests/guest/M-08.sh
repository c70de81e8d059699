#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: every ioctl at its edges: sizes, guard pages, unknown bits, bytes nobody wrote
# timeout: 300
. /tests/guest/memory.sh

# findings COMMAND...: each line of it is a check.
findings() {
	local verdict what
	"$@" >"$work/findings" 2>&1
	note "$1 $2: exit status $?"
	while read -r verdict what; do
		case $verdict in
		ok) ok "$what" ;;
		not) not_ok "${what#ok }" ;;
		*) not_ok "unexpected output: $verdict $what" ;;
		esac
	done <"$work/findings"
}

memory_up
make_tenant acme
make_region acme/w 2M
mkdir "$CGROUPS/edge-a" "$CGROUPS/edge-b"
must cloison pool add ram --bytes 16M --name room
findings ioctl-edge control "$(cat /sys/class/cloison_pool/room/number)" \
	"$CGROUPS/edge-a" "$CGROUPS/edge-b"
check "the control's findings are as many as there are ioctls for" \
	test "$(grep -c 'good arguments: accepted' "$work/findings")" = 17
findings in_tenant acme ioctl-edge region /dev/cloison/acme/w
check "the region's too" test "$(grep -c 'good arguments: accepted' "$work/findings")" = 3
finish
