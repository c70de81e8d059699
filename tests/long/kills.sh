#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: 300 kills of what changes the guard
# fresh
# kernel: maxcpus=1
# timeout: 5400
export KILLS=300
exec bash /tests/guest/kills.sh
