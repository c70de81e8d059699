#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: the host sees what the guest writes to the accelerator
# fresh
# This is what every scan for left-over bytes rests on: the witness must see
# bytes that are there, and their absence when they are gone.
. /tests/guest/lib.sh

bar=/sys/bus/pci/devices/$ACCELERATOR/resource2
poke() {
	python3 -c '
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_SYNC)
memory = mmap.mmap(fd, 1 << 21)
memory[4096:4096 + len(sys.argv[2])] = sys.argv[2].encode()
' "$bar" "$1"
}

echo 1 >"/sys/bus/pci/devices/$ACCELERATOR/enable"
same "the accelerator's file is zero at the start" "$(host scan 0 0)" 0
poke 'acme was here'
same "the host counts the bytes" "$(host scan 4096 4096)" 13
same "the host finds the words" "$(host find "$(printf 'acme was here' | od -An -tx1 | tr -d ' ')")" 1
poke "$(printf '\1%.0s' {1..13})"
same "the words are gone" "$(host find "$(printf 'acme was here' | od -An -tx1 | tr -d ' ')")" 0
same "other bytes are there" "$(host scan 0 $((1 << 21)))" 13
same "the spare device was not touched" "$(host scan 0 0 spare)" 0
refused "a range behind the end is no zero bytes" 'out of range' host scan $((128 * MIB)) 4096
check "the removable device is there" test -d "/sys/bus/pci/devices/$REMOVABLE"
host monitor 'device_del removable'
within "it goes when the host pulls it" 20 test ! -d "/sys/bus/pci/devices/$REMOVABLE"
finish
