#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: random policies for longer: definition, compiler, maps and programs on 1,000,000 cases
# timeout: 7200
# percent: 0
# As many as that, however long it takes.
# shellcheck source=/dev/null # written by tests/soak/run
. /host/soak
export PROPERTY_CASES=1000000 PROPERTY_SEED=$SOAK_SEED
. /tests/guest/property.sh
