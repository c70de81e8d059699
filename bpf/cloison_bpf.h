/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guard's programs and userspace share: the keys and values of all
 * maps, as plain structs.
 *
 * These structs are read by people through `bpftool map dump`, so addresses
 * are bytes, ports are in host order, and whatever has a name is an enum. No
 * struct has padding: a hole in a key would be compared too.
 */
#ifndef CLOISON_BPF_H
#define CLOISON_BPF_H

#include "shared/base.h"
#include "shared/event.h"
#include "shared/flow.h"
#include "shared/hook.h"
#include "shared/name.h"
#include "shared/network.h"
#include "shared/policy.h"
#include "shared/process.h"
#include "shared/reason.h"
#include "shared/tenant.h"

/* Set between open and load by the packet vectors' runner, else all zero. */
struct cloison_test {
	struct cloison_segment segment;
	__u32 on;
	__u32 any_socket; /* the kernel's dummy socket is of no kind */
	__u32 older;	  /* it has a connection of which nothing is remembered */
	__u32 connected;  /* it is, if it is one of UDP */
};

CLOISON_SIZE(struct cloison_test, 48);

#endif /* CLOISON_BPF_H */
