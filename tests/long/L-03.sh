#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: 20 upgrades of the guard, and one killed at each place
# fresh
# kernel: maxcpus=1
# timeout: 9000
export UPGRADES=20
export STOPS='1:back 1:on 2:back 2:on 3:back 3:on 4:back 4:on 5:back 5:on 6:back 6:on 7:back 7:on 8:back 8:on 9:back 9:on 10:back 10:on'
export PINS_FAIL='-60 -1 0 1 60'
exec bash /tests/guest/L-03.sh
