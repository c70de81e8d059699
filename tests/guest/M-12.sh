#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: the guard never attached, detached, swapped; a module without BTF
# fresh
# timeout: 300
. /tests/guest/memory.sh

# ---- without BTF no guard could ever attach --------------------------------------

module=$(modinfo -n cloison)
case $module in
*.xz) xz -dc "$module" >"$work/cloison.ko" ;;
*.zst) zstd -dcq "$module" >"$work/cloison.ko" ;;
*) cp "$module" "$work/cloison.ko" ;;
esac
must objcopy -R .BTF -R .BTF.base "$work/cloison.ko" "$work/stripped.ko"
dmesg --clear
refused "a module without BTF does not load" 'Exec format error|[Ii]nvalid module format' \
	insmod "$work/stripped.ko"
check "and says why" grep -q 'no BTF, so no guard could attach: install pahole' <(dmesg)
check "control: the same with its BTF loads" insmod "$work/cloison.ko"
must rmmod cloison

# ---- never attached -------------------------------------------------------------------

must modprobe cloison
must cloison pool add pci "$SPARE" --name accel0
refused "without a guard there is no tenant" 'no guard is attached' \
	cloison tenant add acme --quota 64M --cgroup "$PEN/acme"
must cloison guard load
make_tenant acme
make_region acme/w 2M
node=/dev/cloison/acme/w
check "control: with the guard the tenant opens it" try acme open:rw:$node map:rw put:0:51

# ---- swapped ----------------------------------------------------------------------------

begin holder try acme open:rw:$node map:rw get:0:51 say:ready hold:2
until_printed holder ready
check "the guard is loaded once more" cloison guard load
check "and swapped as by an upgrade" guard-link swap
over holder
came_to "a mapping lives through both" holder hold:2 'it lives on'

# ---- detached ---------------------------------------------------------------------------

uses=(-read:0:16:16 -write:0:16:16 -info -map:r)

# no_use WHAT: nor is there any other use, by the holder's descriptor or by the node.
no_use() {
	for use in "${uses[@]}"; do
		came_to "$1: the descriptor: ${use#-}" holder "${use#-}" EACCES
	done
	denied "$1: the node" EACCES acme open:r:$node
}

# gone WHAT COMMAND...: when the command returns, nothing is left of a mapping.
gone() {
	local what=$1
	shift
	begin holder try acme open:rw:$node map:rw get:0:51 say:ready wait -get:0:51 "${uses[@]}"
	until_printed holder ready
	check "$what" "$@"
	go holder
	over holder
	came_to "$what: the mapping is dead when the command returns" holder get:0:51 SIGBUS
	no_use "$what"
}

# gone_by_sweep WHAT COMMAND...: it is gone some time after the command.
gone_by_sweep() {
	local what=$1
	shift
	begin holder try acme open:rw:$node map:rw get:0:51 say:ready "$until_death" "${uses[@]}"
	until_printed holder ready
	check "$what" "$@"
	over holder
	check "$what: the mapping dies" printed holder "^$until_death: died"
	no_use "$what"
}

back() {
	check "the guard is loaded again" cloison guard load
	check "control: all is as before" try acme open:rw:$node map:rw get:0:51 read:0:16:16 info
}

gone "its link is detached" guard-link detach
back
gone "bpftool detaches it" bpftool link detach id "$(bpftool link list -j | jq '.[] | select(.type == "struct_ops") | .id')"
back
check "its pin is removed" rm "$PINS/admit"
check "and all is as before" try acme open:rw:$node map:rw get:0:51 read:0:16:16 info
check "the guard is loaded again" cloison guard load

# The guard is there, but a program of the tenant's is not in force.
gone_by_sweep "a program of the tenant's is detached" bpftool link detach pinned "$PINS/pens/cloison/egress"
finish
