#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: which lines of the module ran, for the host to count
# timeout: 14400
# last: yes
. /tests/soak/lib.sh

[ -d /sys/kernel/debug/gcov/obj ] || skip "this kernel has no gcov"
# Kept for modules that were unloaded, too.
check "the counters are taken" \
	tar --create --file "$SOAK_OUT/gcov.tar" --dereference --directory /sys/kernel/debug/gcov \
	--exclude='*.gcno' obj
no_leak "all of it"
finish
