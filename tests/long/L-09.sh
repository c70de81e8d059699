#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: guard load without memory, from each of its maps and four of its programs and links on
# fresh
# timeout: 3000
export EVERY=1
exec bash /tests/guest/L-09.sh
