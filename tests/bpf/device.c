// SPDX-License-Identifier: GPL-2.0-only
/* The same packets and some frames at the programs of a device. */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "table.h"

#define TENANT_MAC "\x02\0\0\0\0\x01"
#define PEER_MAC "\x02\0\0\0\0\x02"
#define OWN "\x0a\0\0\x02"
#define OTHER "\x0a\0\0\x03"
#define THIRD "\x0a\0\0\x04"
#define ARP_HEAD "\x08\x06\0\x01\x08\0\x06\x04\0"
#define OWN6 "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"
#define OTHER6 "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x03"
/* IPv6 with 24 bytes of ICMPv6, hop limit as given. */
#define ICMP6_HEAD(hops) "\x86\xdd\x60\0\0\0\0\x18\x3a" hops
#define ICMP6_BODY(type) type "\0\0\0\0\0\0\0"
/* The same with an option of 8 bytes. */
#define ICMP6_LONG "\x86\xdd\x60\0\0\0\0\x20\x3a\xff"
#define FAR6 "\x20\x01\x0d\xb8\0\0\0\x01\0\0\0\0\0\0\0\x03"
#define LINK6 "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x03"
#define NONE6 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ALL6 "\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"
#define GROUP6(last) "\xff\x02\0\0\0\0\0\0\0\0\0\x01\xff\0\0" last

struct frame {
	const char *name;
	enum cloison_direction direction;
	enum cloison_reason reason;
	const char *bytes;
	size_t length;
};

#define FRAME(name, direction, reason, bytes) \
	{ name, CLOISON_##direction, CLOISON_REASON_##reason, bytes, sizeof(bytes) - 1 }

/* clang-format off */
static const struct frame frames[] = {
	FRAME("ARP: asks as itself", EGRESS, neighbours, PEER_MAC TENANT_MAC ARP_HEAD "\x01" TENANT_MAC OWN "\0\0\0\0\0\0" OTHER),
	FRAME("ARP: asks as another", EGRESS, not_own, PEER_MAC TENANT_MAC ARP_HEAD "\x01" TENANT_MAC OTHER "\0\0\0\0\0\0" OWN),
	FRAME("ARP: asks whether its own address is free", EGRESS, neighbours, PEER_MAC TENANT_MAC ARP_HEAD "\x01" TENANT_MAC "\0\0\0\0" "\0\0\0\0\0\0" OWN),
	FRAME("ARP: asks whether another's is", EGRESS, not_own, PEER_MAC TENANT_MAC ARP_HEAD "\x01" TENANT_MAC "\0\0\0\0" "\0\0\0\0\0\0" OTHER),
	FRAME("ARP: answers as another's link address", EGRESS, not_own, PEER_MAC TENANT_MAC ARP_HEAD "\x02" PEER_MAC OWN PEER_MAC OTHER),
	FRAME("ARP: is asked", INGRESS, neighbours, TENANT_MAC PEER_MAC ARP_HEAD "\x01" PEER_MAC OTHER "\0\0\0\0\0\0" OWN),
	FRAME("ARP: another is asked", INGRESS, not_own, TENANT_MAC PEER_MAC ARP_HEAD "\x01" PEER_MAC OTHER "\0\0\0\0\0\0" THIRD),
	FRAME("ARP: a peer tells all where it is", INGRESS, neighbours, TENANT_MAC PEER_MAC ARP_HEAD "\x02" PEER_MAC OTHER PEER_MAC OTHER),
	FRAME("ARP: a peer says that it is the tenant", INGRESS, not_own, TENANT_MAC PEER_MAC ARP_HEAD "\x01" PEER_MAC OWN "\0\0\0\0\0\0" OWN),
	FRAME("ARP: an operation of its own", EGRESS, malformed, PEER_MAC TENANT_MAC ARP_HEAD "\x03" TENANT_MAC OWN "\0\0\0\0\0\0" OTHER),
	FRAME("ND: asks as itself", EGRESS, neighbours, PEER_MAC TENANT_MAC ICMP6_HEAD("\xff") OWN6 OTHER6 ICMP6_BODY("\x87") OTHER6),
	FRAME("ND: asks as another", EGRESS, not_own, PEER_MAC TENANT_MAC ICMP6_HEAD("\xff") OTHER6 OTHER6 ICMP6_BODY("\x87") OTHER6),
	FRAME("ND: answers for itself", EGRESS, neighbours, PEER_MAC TENANT_MAC ICMP6_HEAD("\xff") OWN6 OTHER6 ICMP6_BODY("\x88") OWN6),
	FRAME("ND: answers for another", EGRESS, not_own, PEER_MAC TENANT_MAC ICMP6_HEAD("\xff") OWN6 OTHER6 ICMP6_BODY("\x88") OTHER6),
	FRAME("ND: asks the group of whom it looks for", EGRESS, neighbours, PEER_MAC TENANT_MAC ICMP6_LONG OWN6 GROUP6("\x03") ICMP6_BODY("\x87") OTHER6 "\x01\x01" TENANT_MAC),
	FRAME("ND: asks whether its own address is free", EGRESS, neighbours, PEER_MAC TENANT_MAC ICMP6_LONG NONE6 GROUP6("\x02") ICMP6_BODY("\x87") OWN6 "\x0e\x01" "random"),
	FRAME("ND: asks a router by its link's address", EGRESS, neighbours, PEER_MAC TENANT_MAC ICMP6_HEAD("\xff") OWN6 LINK6 ICMP6_BODY("\x87") LINK6),
	FRAME("ND: answers to all, with its link address", EGRESS, neighbours, PEER_MAC TENANT_MAC ICMP6_LONG OWN6 ALL6 "\x88\0\0\0\x20\0\0\0" OWN6 "\x02\x01" TENANT_MAC),
	FRAME("N-24 ND: data to where a router goes", EGRESS, malformed, PEER_MAC TENANT_MAC ICMP6_HEAD("\xff") OWN6 FAR6 ICMP6_BODY("\x87") FAR6),
	FRAME("N-24 ND: an answer to where a router goes", EGRESS, malformed, PEER_MAC TENANT_MAC ICMP6_HEAD("\xff") OWN6 FAR6 ICMP6_BODY("\x88") OWN6),
	FRAME("N-24 ND: to the group of another than it asks for", EGRESS, malformed, PEER_MAC TENANT_MAC ICMP6_HEAD("\xff") OWN6 GROUP6("\x07") ICMP6_BODY("\x87") OTHER6),
	FRAME("N-24 ND: data in an option", EGRESS, malformed, PEER_MAC TENANT_MAC ICMP6_LONG OWN6 OTHER6 ICMP6_BODY("\x87") OTHER6 "\x0e\x01" "secret"),
	FRAME("N-24 ND: data for a link address", EGRESS, malformed, PEER_MAC TENANT_MAC ICMP6_LONG OWN6 OTHER6 ICMP6_BODY("\x87") OTHER6 "\x01\x01" "secret"),
	FRAME("N-24 ND: data behind it", EGRESS, malformed, PEER_MAC TENANT_MAC ICMP6_HEAD("\xff") OWN6 OTHER6 ICMP6_BODY("\x87") OTHER6 "secret of a tenant"),
	FRAME("N-24 ND: data in what is reserved", EGRESS, malformed, PEER_MAC TENANT_MAC ICMP6_HEAD("\xff") OWN6 OTHER6 "\x87\0\0\0" "data" OTHER6),
	FRAME("N-24 ARP: data behind it", EGRESS, malformed, PEER_MAC TENANT_MAC ARP_HEAD "\x01" TENANT_MAC OWN "\0\0\0\0\0\0" OTHER "secret of a tenant, behind what a frame is filled up with"),
	FRAME("ARP: filled up to the shortest frame", EGRESS, neighbours, PEER_MAC TENANT_MAC ARP_HEAD "\x01" TENANT_MAC OWN "\0\0\0\0\0\0" OTHER "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	FRAME("ND: from behind a router", INGRESS, malformed, TENANT_MAC PEER_MAC ICMP6_HEAD("\xfe") OTHER6 OWN6 ICMP6_BODY("\x87") OWN6),
	FRAME("ND: is asked", INGRESS, neighbours, TENANT_MAC PEER_MAC ICMP6_HEAD("\xff") OTHER6 OWN6 ICMP6_BODY("\x87") OWN6),
	FRAME("ND: a router's words are not", INGRESS, denied_default, TENANT_MAC PEER_MAC ICMP6_HEAD("\xff") OTHER6 OWN6 ICMP6_BODY("\x86") OWN6),
	FRAME("ARP: from a neighbour's frame", EGRESS, link_address, PEER_MAC PEER_MAC ARP_HEAD "\x01" PEER_MAC OWN "\0\0\0\0\0\0" OTHER),
	FRAME("ND: from a neighbour's frame", EGRESS, link_address, PEER_MAC PEER_MAC ICMP6_HEAD("\xff") OWN6 OTHER6 ICMP6_BODY("\x87") OTHER6),
	FRAME("an unknown ethertype", EGRESS, link, PEER_MAC TENANT_MAC "\x88\xb5" "0123456789abcdef"),
	FRAME("QinQ", EGRESS, link, PEER_MAC TENANT_MAC "\x88\xa8\0\x05\x81\0\0\x06\x08\0" "0123456789abcdef"),
};
/* clang-format on */
#define FRAMES (sizeof(frames) / sizeof(frames[0]))

bool device_judged(const struct bench *bench, enum cloison_direction direction, const void *bytes,
		   size_t length, enum cloison_reason reason)
{
	bool passes = reason_passes(reason) || reason == CLOISON_REASON_neighbours ||
		      reason == CLOISON_REASON_errors;
	struct cloison_stats before = bench_stats(bench, INDEX, CLOISON_STATS_ENFORCED), after;
	int passed = bench_run(bench, direction, bytes, length);

	after = bench_stats(bench, INDEX, CLOISON_STATS_ENFORCED);
	return passed == passes &&
	       ((__u64 *)&after)[CLOISON_STATS_REASON(reason)] -
			       ((__u64 *)&before)[CLOISON_STATS_REASON(reason)] ==
		       1;
}

/* How much of it is a packet; what is behind that fills it up. */
static size_t frame_whole(const struct frame *frame)
{
	const uint8_t *bytes = (const uint8_t *)frame->bytes;

	if (bytes[12] == 0x08 && bytes[13] == 0x06)
		return 14 + 28;
	if (bytes[12] == 0x86 && bytes[13] == 0xdd)
		return 14 + 40 + bytes[19];
	return frame->length;
}

static void frames_run(const struct bench *bench)
{
	unsigned int cut = 0, leaked = 0;
	size_t i, length;
	char name[128];

	for (i = 0; i < FRAMES; i++) {
		const struct frame *frame = &frames[i];

		snprintf(name, sizeof(name), "device: %s: %s", frame->name,
			 guard_reason_name(frame->reason, NULL));
		line(device_judged(bench, frame->direction, frame->bytes, frame->length,
				   frame->reason),
		     name);
		/* Some kernels take no IP packet without an IP header. */
		for (length = 15; length < frame_whole(frame); length++) {
			int passed = bench_run(bench, frame->direction,
					       (const uint8_t *)frame->bytes, length);

			cut += passed >= 0;
			leaked += passed > 0;
		}
	}
	line(cut > 300 && !leaked, "N-30 device: no frame that is cut off passes");
	printf("# %u cut, %u passed\n", cut, leaked);
}

/* A connection that goes on is judged in another way where there is no socket. */
static bool same_on_device(const struct vector *vector)
{
	const struct packet *packet = &vector->packet;

	/* A packet in pieces comes by a device only: see steps.c. */
	return vector->reason != CLOISON_REASON_protocol &&
	       vector->reason != CLOISON_REASON_fragment &&
	       (vector->reason >= CLOISON_REASON_truncated || packet->protocol ||
		(packet->flags & (SYN | ACK)) == SYN);
}

/* Loopback is not on a wire. */
static enum cloison_reason reason_on_device(const struct vector *vector)
{
	const struct packet *packet = &vector->packet;
	const char *peer = vector->direction == CLOISON_EGRESS ? packet->to : packet->from;

	return strncmp(peer, "127.", 4) ? vector->reason : CLOISON_REASON_malformed;
}

/* A test run is on the loopback device of the network that it is started in. */
static void device_note(const struct bench *bench)
{
	struct cloison_device device = { .tenant = TENANT };
	uint32_t ifindex = 1;

	memcpy(device.address, TENANT_MAC, sizeof(device.address));
	if (bpf_map_update_elem(bench->maps.fd[GUARD_MAP_DEVICES], &ifindex, &device, BPF_ANY))
		give_up("the device", &(struct problem){ "cannot be noted" });
}

void device_run(void)
{
	static const char *const own[] = { "10.0.0.2", "2001:db8::2" };
	struct cloison_test test = {
		.on = 1,
		.segment = { .tenant = TENANT,
			     .index = INDEX,
			     .slot = SLOT,
			     .generation = 1,
			     .mode = CLOISON_ENFORCE,
			     .flags = CLOISON_HAS_ADDRESSES },
	};
	struct problem problem = {};
	struct policy policy = {};
	struct policy_entry entry;
	struct cloison_own address;
	struct bench bench = bench_open(&test);
	size_t i, length, transport;
	uint8_t bytes[PACKET_MAX];
	char name[256];

	for (i = 0; i < vector_policy_count; i++)
		if (policy_line_parse(vector_policy[i], &entry, &problem) ||
		    policy_add(&policy, &entry, &problem))
			give_up(vector_policy[i], &problem);
	for (i = 0; i < 2; i++)
		if (policy_own_parse(own[i], &address, &problem) ||
		    policy_own_add(&policy, &address))
			give_up(own[i], &problem);
	bench_fill(&bench, SLOT, &policy);
	policy_free(&policy);
	bench.programs[CLOISON_EGRESS] =
		bpf_program__fd(bpf_object__find_program_by_name(bench.object, "cloison_from"));
	bench.programs[CLOISON_INGRESS] =
		bpf_program__fd(bpf_object__find_program_by_name(bench.object, "cloison_to"));

	for (i = 0; i < vector_count; i++) {
		if (!same_on_device(&vectors[i]))
			continue;
		length = packet_write(&vectors[i].packet, bytes, &transport);
		snprintf(name, sizeof(name), "device: %s: %s", vectors[i].name,
			 guard_reason_name(reason_on_device(&vectors[i]), NULL));
		line(device_judged(&bench, vectors[i].direction, bytes, length,
				   reason_on_device(&vectors[i])),
		     name);
	}
	steps_run(&bench);
	device_note(&bench);
	frames_run(&bench);
	bench_close(&bench);
}
