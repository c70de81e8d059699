/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a packet or call passed or not, and what is counted of it. */
#ifndef CLOISON_SHARED_REASON_H
#define CLOISON_SHARED_REASON_H

#include "shared/base.h"

/* Why a packet passed or not: name in struct cloison_stats, what it means. */
/* clang-format off */
#define CLOISON_REASONS(reason)							\
	reason(passed, "passed")						\
	reason(replies, "passed as replies to an admitted flow")		\
	reason(denied_default, "denied, because no rule allows it")		\
	reason(denied_rule, "denied by a rule")					\
	reason(ended, "denied, because the policy changed under the flow")	\
	reason(no_policy, "denied, because no policy is in force")		\
	reason(no_room, "denied, because there was no room to remember it")	\
	reason(wrong_socket, "denied, because it is not of its socket's kind")	\
	reason(protocol, "denied, because its protocol is not judged")		\
	reason(truncated, "denied, because a header is cut off")		\
	reason(malformed, "denied, because a header contradicts itself")	\
	reason(fragment, "denied, because it is a fragment")			\
	reason(options, "denied for its IPv4 options")				\
	reason(extensions, "denied for its IPv6 extension headers")		\
	reason(region_foreign, "denied, because the region is another tenant's")	\
	reason(region_no_wall, "denied, because the tenant's wall is not in force")	\
	reason(not_own, "denied, because its end here is no address of the tenant") \
	reason(neighbours, "passed to find the addresses of neighbours")	\
	reason(link, "denied, because its frame is tagged or of another kind")	\
	reason(outside, "refused, because the call reaches outside the tenant")	\
	reason(home, "passed on the loopback of the tenant's own network")	\
	reason(foreign, "denied, because the network is another tenant's")	\
	reason(errors, "passed as errors about an admitted flow")		\
	reason(link_address, "denied, because its frame comes from another link address") \
	reason(nat, "denied, because no rule allows it as named or as translated") \
	reason(bandwidth, "denied, because the tenant is over its limit of bytes") \
	reason(rate, "denied, because it begins over the tenant's limit of flows")
/* clang-format on */

enum cloison_reason {
#define CLOISON_REASON_ENUM(name, text) CLOISON_REASON_##name,
	CLOISON_REASONS(CLOISON_REASON_ENUM)
#undef CLOISON_REASON_ENUM
		CLOISON_REASON_COUNT
};

/*
 * Classes of events: each has its own part of the log, and in each a tenant has its own
 * budget, so that no flood of one hides another.
 */
/* clang-format off */
#define CLOISON_EVENT_CLASSES(class)						\
	class(flows, "flows that were let begin")				\
	class(packets, "packets that were denied")				\
	class(calls, "calls for a peer or an address that were denied")		\
	class(outside, "calls that would reach outside the tenant")		\
	class(memory, "accesses to regions that were denied")			\
	class(ends, "flows that ended")
/* clang-format on */

enum cloison_event_class {
#define CLOISON_CLASS_ENUM(name, text) CLOISON_CLASS_##name,
	CLOISON_EVENT_CLASSES(CLOISON_CLASS_ENUM)
#undef CLOISON_CLASS_ENUM
		CLOISON_CLASS_COUNT
};

/*
 * Bytes of what passed, from the IP header on: at the tenant's sockets, and at the host's
 * ends of its devices, where the same packet may pass once more.
 */
/* clang-format off */
#define CLOISON_BYTES(bytes)							\
	bytes(bytes_in, "bytes that its sockets got")				\
	bytes(bytes_out, "bytes that its sockets sent")				\
	bytes(device_bytes_in, "bytes that went to its devices")		\
	bytes(device_bytes_out, "bytes that came from its devices")
/* clang-format on */

enum cloison_bytes {
#define CLOISON_BYTES_ENUM(name, text) CLOISON_BYTES_##name,
	CLOISON_BYTES(CLOISON_BYTES_ENUM)
#undef CLOISON_BYTES_ENUM
		CLOISON_BYTES_COUNT
};

/*
 * cloison_stats: packets of one tenant, and calls that were refused; then the
 * events that nobody will see. What was only observed is counted apart: it
 * passed, whatever the name of the counter. Both are at CLOISON_STATS_AT.
 */
#define CLOISON_STATS_ENFORCED 0
#define CLOISON_STATS_OBSERVED 1

#define CLOISON_STATS_AT(index, key) (2 * (index) + (key))

struct cloison_stats {
#define CLOISON_BYTES_FIELD(name, text) __u64 name;
	CLOISON_BYTES(CLOISON_BYTES_FIELD)
#undef CLOISON_BYTES_FIELD
#define CLOISON_REASON_FIELD(name, text) __u64 name;
	CLOISON_REASONS(CLOISON_REASON_FIELD)
#undef CLOISON_REASON_FIELD
	/* Events over the tenant's budget, by class. */
#define CLOISON_SUPPRESSED_FIELD(name, text) __u64 suppressed_##name;
	CLOISON_EVENT_CLASSES(CLOISON_SUPPRESSED_FIELD)
#undef CLOISON_SUPPRESSED_FIELD
	/* Those whose place in the log another CPU was writing to. */
#define CLOISON_LOST_FIELD(name, text) __u64 lost_##name;
	CLOISON_EVENT_CLASSES(CLOISON_LOST_FIELD)
#undef CLOISON_LOST_FIELD
};

/* Of these fields the one of a reason or class, counted from the first of the struct. */
#define CLOISON_STATS_REASON(reason) (CLOISON_BYTES_COUNT + (reason))
#define CLOISON_STATS_SUPPRESSED(class) (CLOISON_STATS_REASON(CLOISON_REASON_COUNT) + (class))
#define CLOISON_STATS_LOST(class) (CLOISON_STATS_SUPPRESSED(CLOISON_CLASS_COUNT) + (class))

CLOISON_SIZE(struct cloison_stats, 8 * CLOISON_STATS_LOST(CLOISON_CLASS_COUNT));

#endif /* CLOISON_SHARED_REASON_H */
