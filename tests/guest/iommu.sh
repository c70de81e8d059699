#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: behind an IOMMU: what level a pool reports, and why
# kernel: intel_iommu=on
. /tests/guest/memory.sh

says() { cat "/sys/class/cloison_pool/accel0/$1"; }
group=/sys/bus/pci/devices/$SPARE/iommu_group
check 'control: an IOMMU stands before the function' test -d "$group/devices"
same 'in a group of its own' "$(ls "$group/devices")" "$SPARE"

memory_up
make_tenant acme
make_region acme/weights
same 'it confines the function' "$(says enforcement)" iommu
check 'and the reason is told' grep -q 'translates' /sys/class/cloison_pool/accel0/enforcement_reason
same 'so says each region' "$(cat /sys/class/cloison/*/enforcement)" iommu
same 'and the command' "$(cloison region show acme/weights --json | jq -r .enforcement)" iommu
must cloison region destroy acme/weights
must cloison pool remove accel0

must sh -c "echo identity >$group/type"
must cloison pool add pci "$SPARE" --name accel0
same 'one that lets DMA pass does not' "$(says enforcement)" cpu
check 'and that is told' grep -q 'untranslated' /sys/class/cloison_pool/accel0/enforcement_reason
must cloison pool remove accel0

must sh -c "echo DMA >$group/type"
must cloison pool add pci "$SPARE" --name accel0 --bus-master
same 'with bus mastering it confines what the function may reach' "$(says enforcement)" iommu
finish
