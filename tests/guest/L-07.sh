#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a device that is deleted, plugged in again or renamed holds up no other tenant
# timeout: 300
. /tests/guest/lib.sh
. /tests/guest/lib-net.sh
. /tests/guest/lib-host.sh

host_up
allow out "$PEER" udp 7001
make_tenant globex
forged() { printf 'hex frames %s' "$(net-craft "eth $ACME_MAC $PEER_MAC" "ip4 10.9.0.77 $PEER" 'udp 1000 7001' "data word-$1")"; }

leaks 'control, not attached: a forged datagram' open "$(forged none)" word-none
host_attach
stays 'a forged datagram' - open "$(forged attached)"

# Detached while it is there: its tenant is held up, no other is.
detach_links() {
	local id
	for id in $(in_host cloison net devices acme --json | jq '.[] | .from, .to'); do
		must bpftool link detach id "$id"
	done
}
detach_links
leaks 'control: detached by another tool' open "$(forged detached)" word-detached
same 'it says so' "$(device_says state)" detached
refused 'its tenant is not behind its wall' 'not behind its wall' in_host cloison run acme -- true
check 'another tenant is' in_host cloison run globex -- true
check 'guard load mends it' in_host cloison guard load
stays 'a forged datagram after that' - open "$(forged again)"

# Renamed, it is the same one.
must ip -n host link set acme0 name renamed0
same 'a renamed one is in force' "$(device_says state)" 'in force'
stays 'a forged datagram by it' - open "$(forged renamed)"
must ip -n host link set renamed0 name acme0

# Deleted, as with a container that ends.
must try open 'close frames'
must ip -n host link delete acme0
same 'a deleted one is gone' "$(device_says state)" gone
check 'which the status of its tenant says' \
	[ "$(in_host cloison guard show --json | jq -r '.tenants[] | select(.tenant == "acme") | .problem' | grep -c 'device acme0 is gone')" = 1 ]
check 'the guard is whole' in_host cloison guard show
check 'guard load has nothing to mend' in_host cloison guard load
check 'another tenant is not held up' in_host cloison run globex -- true
check 'its own is not either: nothing passes by what is gone' in_host cloison run acme -- true

# Plugged in again it is another device, which is not attached before that is said.
must ip link add wire address "$ACME_MAC" netns acme type veth peer name acme0 netns host
must ip -n host link set acme0 master bridge
must ip -n host link set acme0 up
must wire_end acme "$ACME_MAC" "$ACME" -- "$PEER_MAC" "$PEER" "$OTHER"
wait_for_wires acme wire host acme0
must try open 'socket frames packet; device frames wire'
leaks 'control: plugged in again, not attached' open "$(forged anew)" word-anew
check 'it is attached' in_host cloison net attach acme acme0
same 'and the one that is gone is forgotten' "$(device_says state)" 'in force'
stays 'a forged datagram by it' - open "$(forged new)"

# As long as its tenant has processes, the device is not let go without a word.
session acme "$WALLED" acme
refused 'a tenant with processes and a device is not removed, by force either' \
	'net detach acme acme0' in_host cloison tenant remove acme --force
stays 'a forged datagram after that' - open "$(forged kept)"
check 'the device is detached' in_host cloison net detach acme acme0
leaks 'control: then it passes' open "$(forged let-go)" word-let-go
check 'and the tenant is removed by force' in_host cloison tenant remove acme --force
finish
