# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the campaigns that run in the virtual host share: they are guest tests,
# with a seed and a time given. Source it, do not run it.

. /tests/guest/memory.sh

declare -A SOAK_SECONDS_OF
# shellcheck source=/dev/null # written by tests/soak/run
. /host/soak
export SOAK_SEED
export SOAK_SECONDS=${SOAK_SECONDS_OF[$(basename "$0" .sh)]}
# A directory of the host's.
export SOAK_OUT=/host

# executed N WHAT: for the table at the end.
executed() { note "executed $1 $2"; }
