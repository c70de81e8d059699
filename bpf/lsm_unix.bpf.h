/* SPDX-License-Identifier: GPL-2.0-only */
/* Unix sockets, by path or abstract name: no way from tenant to tenant. */
#ifndef CLOISON_LSM_UNIX_BPF_H
#define CLOISON_LSM_UNIX_BPF_H

#include "lsm.h"

SEC("lsm/unix_stream_connect")
int BPF_PROG(cloison_uconn, struct sock *sk, struct sock *other, struct sock *newsk)
{
	struct cloison_server *server;
	struct wall wall, theirs;

	(void)ctx;
	(void)sk;
	if (lsm_caller(&wall))
		return lsm_unix_open(&wall, other) ?
			       LSM_ALLOW :
			       lsm_refuse(&wall, CLOISON_HOOK_unix_stream_connect);
	/* The host calls a tenant: that end is the tenant's from now on. */
	if (!lsm_cgroup(lsm_socket_cgroup(other), &theirs))
		return LSM_ALLOW;
	server = bpf_sk_storage_get(&cloison_server, newsk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (server)
		server->cgroup = theirs.cgroup;
	return LSM_ALLOW;
}

SEC("lsm/unix_may_send")
int BPF_PROG(cloison_usend, struct socket *sock, struct socket *other)
{
	struct sock *sk = other->sk;
	struct wall wall;

	(void)ctx;
	(void)sock;
	if (!lsm_caller(&wall) || (sk && lsm_unix_open(&wall, sk)))
		return LSM_ALLOW;
	return lsm_refuse(&wall, CLOISON_HOOK_unix_may_send);
}

#endif /* CLOISON_LSM_UNIX_BPF_H */
