#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: programs of BPF that a tenant attaches to the host's devices and networks, and to others' cgroups
. /tests/guest/lib.sh

# The host makes the programs: a tenant may not need to load one to attach one.
OPEN=$CGROUPS/open PROGRAMS=/sys/fs/bpf/passall
must mkdir -p "$OPEN" "$PROGRAMS" "$PEN/victim/below"
must ip link add toy0 type veth peer name toy1
kinds=(tcx xdp lookup connect device)
declare -A target=([tcx]=toy0 [xdp]=toy0 [lookup]=/proc/self/ns/net
	[connect]=$PEN/victim/below [device]=$PEN/victim/below)
for kind in "${kinds[@]}"; do must bpf-attach pin "$kind" "$PROGRAMS/$kind"; done
# What is taken away is the host's, as systemd attaches a unit's.
must mkdir -p "$CGROUPS/unit"
hosts() { bpf-attach "$1" device "$PROGRAMS/device" "$CGROUPS/unit"; }
attached() { bpftool -j cgroup show "$CGROUPS/unit" | jq -s 'map(length) | add // 0'; }

act() {
	local cgroup=$1 how=$2 kind=$3
	within_cgroup "$cgroup" bpf-attach "$how" "$kind" "$PROGRAMS/$kind" "${target[$kind]}"
}
numbered() { within_cgroup "$1" bpf-attach number "$2" "${number[$2]}"; }

declare -A number
must bpftool map create "$PROGRAMS/map" type array key 4 value 4 entries 1 name ofthehost
number[prog]=$(bpftool -j prog show pinned "$PROGRAMS/tcx" | jq .id)
number[map]=$(bpftool -j map show pinned "$PROGRAMS/map" | jq .id)

for kind in "${kinds[@]:0:4}"; do
	check "control, no wall: $kind, by a link" act "$OPEN" link "$kind"
done
for kind in connect device; do
	check "control, no wall: $kind, attached" act "$OPEN" attach "$kind"
	check "control, no wall: $kind, taken away" act "$OPEN" detach "$kind"
done
for what in prog map; do
	check "control, no wall: a $what of the host's by its number" numbered "$OPEN" "$what"
done
must hosts attach

must modprobe cloison
must cloison guard load --adopt
make_tenant acme
make_tenant victim
for kind in "${kinds[@]:0:4}"; do
	refused "$kind, by a link" 'link: .*not permitted' act "$PEN/acme" link "$kind"
	refused "$kind, by a link, in a network of its own" 'link: .*not permitted' \
		within_cgroup "$PEN/acme" unshare --net \
		bpf-attach link "$kind" "$PROGRAMS/$kind" "${target[$kind]/toy0/lo}"
done
for kind in connect device; do
	refused "$kind, attached" 'attach: .*not permitted' act "$PEN/acme" attach "$kind"
done
refused "the host's program on another cgroup, taken away" 'detach: .*not permitted' \
	within_cgroup "$PEN/acme" bpf-attach detach device "$PROGRAMS/device" "$CGROUPS/unit"
same 'it is there' "$(attached)" 1
for what in prog map; do
	refused "a $what of the host's by its number" 'not permitted' numbered "$PEN/acme" "$what"
done
check 'the host goes on' hosts detach
same 'as it likes' "$(attached)" 0
rm -r "$PROGRAMS"
ip link delete toy0
finish
