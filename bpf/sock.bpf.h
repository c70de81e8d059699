/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socket(2): a tenant gets TCP and UDP sockets. The hook sees the families
 * AF_INET and AF_INET6 only.
 */
#ifndef CLOISON_SOCK_BPF_H
#define CLOISON_SOCK_BPF_H

#include "segment.h"
#include "socket.h"

SEC("cgroup/sock_create")
int cloison_socket(struct bpf_sock *sk)
{
	const struct cloison_segment *segment = segment_of_hook();

	if (!segment) {
		segment_count(NULL, CLOISON_REASON_no_policy);
		return 0;
	}
	if (!socket_carries(sk->type, sk->protocol)) {
		segment_count(segment, CLOISON_REASON_wrong_socket);
		return 0;
	}
	return 1;
}

#endif /* CLOISON_SOCK_BPF_H */
