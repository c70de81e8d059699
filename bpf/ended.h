/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of flows that ended: what passed, for how long, who began it and why it
 * ended. Of those that a socket remembers, which are TCP's and those of UDP that is
 * connected. What passes after close(2) is in no record. Two CPUs may count one flow in
 * one direction at a time, seldom; then a packet may be missing.
 */
#ifndef CLOISON_ENDED_H
#define CLOISON_ENDED_H

#include "event.h"
#include "parse.h"

/* Of a flow that goes on. */
static __always_inline void ended_count(struct cloison_socket *socket,
					enum cloison_direction direction, __u32 bytes)
{
	if (direction == CLOISON_EGRESS) {
		socket->packets_out++;
		socket->bytes_out += bytes;
	} else {
		socket->packets_in++;
		socket->bytes_in += bytes;
	}
}

/* How it begins to end, if the segment says so. The first end is the one that counts. */
static __always_inline void ended_note(struct cloison_socket *socket,
				       enum cloison_direction direction,
				       const struct packet *packet)
{
	if (packet->peer.protocol != CLOISON_TCP || socket->end)
		return;
	if (packet->flags & TCP_RST)
		socket->end = CLOISON_END_BROKEN;
	else if (packet->flags & TCP_FIN)
		socket->end = direction == CLOISON_EGRESS ? CLOISON_END_CLOSED : CLOISON_END_PEER;
}

/* Whose budget: the slot may be another tenant's by now. */
static __always_inline __u32 ended_payer(const struct cloison_socket *socket)
{
	__u32 index = socket->index;
	const struct cloison_slot *slot = bpf_map_lookup_elem(&cloison_slots, &index);

	return slot && slot->tenant == socket->tenant ? index : CLOISON_SEGMENTS;
}

/* By itself for the room of its stack. */
static __noinline void ended_tell(const struct cloison_socket *socket, enum cloison_end end)
{
	struct event_place place = {};
	struct cloison_event *event;
	__be16 port;

	event = event_reserve(ended_payer(socket), CLOISON_CLASS_ends,
			      socket->direction == CLOISON_INGRESS, &place);
	if (!event)
		return;
	event->tenant = socket->tenant;
	event->generation = socket->generation;
	event->mode = socket->observed ? CLOISON_OBSERVE : CLOISON_ENFORCE;
	event->rule = socket->rule;
	event->hook = CLOISON_HOOK_sock_release;
	event->direction = socket->direction;
	event->verdict = CLOISON_ALLOW;
	event->reason = CLOISON_REASON_passed;
	event->end = end;
	event->began = socket->began;
	event->packets_in = socket->packets_in;
	event->packets_out = socket->packets_out;
	event->bytes_in = socket->bytes_in;
	event->bytes_out = socket->bytes_out;
	__builtin_memcpy(event->local, socket->local, sizeof(event->local));
	__builtin_memcpy(event->peer.address, socket->remote, sizeof(event->peer.address));
	event->peer.family = socket->family;
	event->peer.protocol = socket->protocol;
	__builtin_memcpy(&port, socket->ports, sizeof(port));
	event->peer.local_port = bpf_ntohs(port);
	__builtin_memcpy(&port, socket->ports + 2, sizeof(port));
	event->peer.remote_port = bpf_ntohs(port);
	event_submit(&place);
}

#endif /* CLOISON_ENDED_H */
