/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: every change of state and every denial. The audit reads them,
 * and so can anybody: trace-cmd, perf, bpftrace, /sys/kernel/tracing.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM cloison

#if !defined(CLOISON_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define CLOISON_TRACE_H

#include <linux/tracepoint.h>

#include "cloison_private.h"

TRACE_EVENT(cloison_pool,
	TP_PROTO(const struct cloison_pool *pool, const char *what),
	TP_ARGS(pool, what),
	TP_STRUCT__entry(
		__field(u32, pool)
		__field(u64, bytes)
		__string(name, pool->name)
		__string(what, what)
	),
	TP_fast_assign(
		__entry->pool = pool->number;
		__entry->bytes = pool->granules << CLOISON_GRANULE_SHIFT;
		__assign_str(name);
		__assign_str(what);
	),
	TP_printk("what=%s pool=%u name=%s bytes=%llu", __get_str(what), __entry->pool,
		  __get_str(name), __entry->bytes)
);

TRACE_EVENT(cloison_tenant,
	TP_PROTO(const struct cloison_tenant *tenant, const char *what),
	TP_ARGS(tenant, what),
	TP_STRUCT__entry(
		__field(u32, tenant)
		__field(u64, quota)
		__field(u64, cgroup)
		__string(name, tenant->name)
		__string(what, what)
	),
	TP_fast_assign(
		__entry->tenant = tenant->number;
		__entry->quota = tenant->quota;
		__entry->cgroup = cgroup_id(cloison_tenant_cgroup(tenant));
		__assign_str(name);
		__assign_str(what);
	),
	TP_printk("what=%s tenant=%u name=%s quota=%llu cgroup=%llu", __get_str(what),
		  __entry->tenant, __get_str(name), __entry->quota, __entry->cgroup)
);

TRACE_EVENT(cloison_region,
	TP_PROTO(const struct cloison_region *region, const char *what),
	TP_ARGS(region, what),
	TP_STRUCT__entry(
		__field(u32, region)
		__field(u32, tenant)
		__field(u32, pool)
		__field(u64, generation)
		__field(u64, offset)
		__field(u64, bytes)
		__string(name, region->node.name)
		__string(what, what)
	),
	TP_fast_assign(
		__entry->region = region->number;
		__entry->tenant = region->node.tenant->number;
		__entry->pool = region->pool->number;
		__entry->generation = region->generation;
		__entry->offset = region->first << CLOISON_GRANULE_SHIFT;
		__entry->bytes = region->bytes;
		__assign_str(name);
		__assign_str(what);
	),
	TP_printk("what=%s region=%u name=%s tenant=%u pool=%u generation=%llu offset=%#llx bytes=%llu",
		  __get_str(what), __entry->region, __get_str(name), __entry->tenant,
		  __entry->pool, __entry->generation, __entry->offset, __entry->bytes)
);

TRACE_EVENT(cloison_grant,
	TP_PROTO(const struct cloison_grant *grant, const char *what),
	TP_ARGS(grant, what),
	TP_STRUCT__entry(
		__field(u32, grant)
		__field(u32, tenant)
		__field(u32, region)
		__field(u32, owner)
		__field(u64, generation)
		__string(name, grant->node.name)
		__string(what, what)
	),
	TP_fast_assign(
		__entry->grant = grant->number;
		__entry->tenant = grant->node.tenant->number;
		__entry->region = grant->node.region->number;
		__entry->owner = grant->node.region->node.tenant->number;
		__entry->generation = grant->node.region->generation;
		__assign_str(name);
		__assign_str(what);
	),
	TP_printk("what=%s grant=%u name=%s tenant=%u region=%u owner=%u generation=%llu",
		  __get_str(what), __entry->grant, __get_str(name), __entry->tenant,
		  __entry->region, __entry->owner, __entry->generation)
);

TRACE_EVENT(cloison_scrub,
	TP_PROTO(const struct cloison_pool *pool, u64 offset, u64 bytes, bool clean),
	TP_ARGS(pool, offset, bytes, clean),
	TP_STRUCT__entry(
		__field(u32, pool)
		__field(u64, offset)
		__field(u64, bytes)
		__field(bool, clean)
	),
	TP_fast_assign(
		__entry->pool = pool->number;
		__entry->offset = offset;
		__entry->bytes = bytes;
		__entry->clean = clean;
	),
	TP_printk("pool=%u offset=%#llx bytes=%llu result=%s", __entry->pool, __entry->offset,
		  __entry->bytes, __entry->clean ? "clean" : "quarantined")
);

TRACE_EVENT(cloison_guard,
	TP_PROTO(const char *what),
	TP_ARGS(what),
	TP_STRUCT__entry(
		__string(what, what)
	),
	TP_fast_assign(
		__assign_str(what);
	),
	TP_printk("what=%s", __get_str(what))
);

TRACE_EVENT(cloison_deny,
	TP_PROTO(const struct cloison_node *node, enum cloison_access_kind kind,
		 enum cloison_denial why, u64 cgroup),
	TP_ARGS(node, kind, why, cgroup),
	TP_STRUCT__entry(
		__field(u32, region)
		__field(u32, tenant)
		__field(u32, kind)
		__field(u32, why)
		__field(u64, cgroup)
	),
	TP_fast_assign(
		__entry->region = node->region->number;
		__entry->tenant = node->tenant->number;
		__entry->kind = kind;
		__entry->why = why;
		__entry->cgroup = cgroup;
	),
	TP_printk("region=%u tenant=%u access=%s why=%s cgroup=%llu", __entry->region,
		  __entry->tenant,
		  __print_symbolic(__entry->kind,
				   { CLOISON_ACCESS_OPEN, "open" },
				   { CLOISON_ACCESS_READ, "read" },
				   { CLOISON_ACCESS_WRITE, "write" },
				   { CLOISON_ACCESS_MMAP, "mmap" },
				   { CLOISON_ACCESS_FAULT, "fault" },
				   { CLOISON_ACCESS_IOCTL, "ioctl" },
				   { CLOISON_ACCESS_SWEEP, "sweep" }),
		  __print_symbolic(__entry->why,
				   { CLOISON_DENIED_TENANT, "other-tenant" },
				   { CLOISON_DENIED_NO_GUARD, "no-guard" },
				   { CLOISON_DENIED_BY_GUARD, "guard" }),
		  __entry->cgroup)
);

#endif /* CLOISON_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
