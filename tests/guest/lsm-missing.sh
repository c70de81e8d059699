#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: a kernel that asks no BPF program of the LSM: no guard, and no memory
# kernel: lsm=capability
. /tests/guest/lib.sh

mounted=/sys/kernel/security
mountpoint -q $mounted || must mount -t securityfs securityfs $mounted
same 'the kernel runs without the BPF LSM' "$(grep -cw bpf $mounted/lsm)" 0
must modprobe cloison
refused 'the guard is refused, with the remedy' 'add bpf to the list of lsm=' cloison guard load
refused 'nothing of it is in force' 'no guard' cloison guard show
check 'a pool is added' cloison pool add ram --bytes 16M --name accel0
mkdir -p "$PEN/acme"
refused 'a tenant is not' . cloison tenant add acme --cgroup "$PEN/acme" --quota 8M
check 'and nothing is left of the attempt' test ! -e "$PINS/admit"
finish
