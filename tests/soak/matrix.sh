#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: the matrix for longer: 50,000 flows of 6 tenants by real sockets
# timeout: 7200
# percent: 0
# As many as that, however long it takes.
# shellcheck source=/dev/null # written by tests/soak/run
. /host/soak
export MATRIX_PROBES=50000 MATRIX_SEED=$SOAK_SEED
. /tests/guest/matrix.sh
