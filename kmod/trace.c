// SPDX-License-Identifier: GPL-2.0-only
/* Makes the tracepoints of trace.h. */
#include "cloison_private.h"

#define CREATE_TRACE_POINTS
#include "trace.h"
