#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: 200 kills of what changes the guard
# timeout: 3000
export KILLS=200
exec bash /tests/guest/kills.sh
