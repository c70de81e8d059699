#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: the guard's own maps, programs and links
. /tests/guest/lib.sh

wall_up
make_tenant acme
make_region acme/weights
id=$(bpftool -j map show pinned "$PINS/maps/cloison_segments" | jq .id)
program=$(bpftool -j prog show pinned "$PINS/programs/cloison_egress" | jq .id)
link=$PINS/pens/cloison/egress
check 'control, the host: a map by its id' bpftool map dump id "$id"
check 'control, the host: a program by its id' bpftool prog dump xlated id "$program"
number=$(bpftool -j link show pinned "$link" | jq .id)
# Its exit status is no sign.
same 'control, the host: a link by its id' "$(bpftool -j link show id "$number" | jq .id)" "$number"
refused 'a map by its id' 'not permitted' in_tenant acme bpftool map dump id "$id"
refused 'a map by its pin' 'not permitted' in_tenant acme bpftool map dump pinned "$PINS/maps/cloison_segments"
refused 'a map of a policy' 'not permitted' in_tenant acme bpftool map dump pinned "$PINS/tenants/acme/ours"
refused 'the list of unix sockets' 'not permitted' in_tenant acme \
	bpftool map dump pinned "$PINS/maps/cloison_unix"
refused 'a program by its id' 'not permitted' in_tenant acme bpftool prog dump xlated id "$program"
refused 'a link by its id' 'not permitted' in_tenant acme bpftool link show id "$number"
refused 'a link by its pin, to detach it' 'not permitted' in_tenant acme bpftool link detach pinned "$link"
refused 'the struct_ops link' 'not permitted' in_tenant acme bpftool link detach pinned "$PINS/admit"
refused 'an LSM link' 'not permitted' in_tenant acme bpftool link detach pinned "$PINS/lsm/socket_create"
refused 'the module, to let go of a link' 'denied|not permitted' in_tenant acme guard-release admit
same 'all is whole' "$(cloison guard show --json | jq .whole)" true
check 'a map of its own' in_tenant acme bpftool map create /sys/fs/bpf/own type array \
	key 4 value 4 entries 1 name own
check 'which it uses' in_tenant acme bpftool map dump pinned /sys/fs/bpf/own
rm -f /sys/fs/bpf/own
refused 'no map of the kind that could be a guard' 'not permitted' in_tenant acme \
	bpftool map create /sys/fs/bpf/own type struct_ops key 4 value 4 entries 1 name own
finish
