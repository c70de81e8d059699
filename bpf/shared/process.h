/* SPDX-License-Identifier: GPL-2.0-only */
/* What confines processes: sockets of the host, device nodes, keys, System V objects. */
#ifndef CLOISON_SHARED_PROCESS_H
#define CLOISON_SHARED_PROCESS_H

#include "shared/base.h"

/*
 * cloison_lsm: what only the programs of the LSM's part know, each of which
 * holds this map, as admit() does.
 */
struct cloison_lsm {
	__u32 host_network; /* inode number of the host's network namespace */
	__u32 probe;	    /* a process that asks whether the hooks are called at all */
	__u32 probed;	    /* 1: they are */
	__u32 zero;
};

CLOISON_SIZE(struct cloison_lsm, 16);

/* Unix sockets of the host that tenants may be allowed to talk to. */
#define CLOISON_UNIX_SOCKETS 256

/* The path of a directory of such, terminating NUL included. */
#define CLOISON_UNIX_PATH_SIZE 128

/*
 * cloison_unix: unix sockets of the host that tenants may talk to: one by its name, or
 * those in a directory, which then has no name here.
 */
struct cloison_unix {
	__u64 inode;	/* of the directory */
	__u32 device;	/* of its file system, as the kernel has the number */
	__u32 tenant;	/* or CLOISON_UNIX_OF_ALL */
	char name[108]; /* as it was bound; an abstract one begins with NUL */
	__u32 zero;
};

CLOISON_SIZE(struct cloison_unix, 128);

#define CLOISON_UNIX_OF_ALL 0

/* A device's number as the kernel has it. */
#define CLOISON_DEVICE(major, minor) ((__u32)(major) << 20 | (minor))

struct cloison_unix_hits {
	__u64 hits;
	char path[CLOISON_UNIX_PATH_SIZE]; /* of a directory, as it was given */
};

CLOISON_SIZE(struct cloison_unix_hits, 8 + CLOISON_UNIX_PATH_SIZE);

/* cloison_server: a unix socket that was made for a listener in this tenant's cgroup. */
struct cloison_server {
	__u64 cgroup;
};

/* Devices that tenants were given, all of them together. */
#define CLOISON_NODES 16384

enum cloison_node_kind {
	CLOISON_NODE_BLOCK = 1,
	CLOISON_NODE_CHARACTER = 2,
};

/* In place of a tenant's number, and of a minor one. */
#define CLOISON_NODES_OF_ALL 0
#define CLOISON_ANY_MINOR 0xFFFFFFFF

/* cloison_nodes: device nodes that a tenant may open besides those for all. */
struct cloison_node {
	__u32 tenant;
	enum cloison_node_kind kind;
	__u32 major;
	__u32 minor;
};

CLOISON_SIZE(struct cloison_node, 16);

/* Keys that are known to be a tenant's, for each tenant: a power of two. */
#define CLOISON_KEYS 256

/* cloison_keys: who made a key, by the kernel's address of it. */
struct cloison_key {
	__u64 owner;	/* id of the tenant's cgroup */
	__u64 sequence; /* its place in the tenant's list */
	__u32 index;	/* the tenant's slot, of the list */
	__u32 zero;
};

CLOISON_SIZE(struct cloison_key, 24);

/* cloison_keys_of: a tenant's last keys by their addresses, in the order of their use. */
struct cloison_keys_of {
	__u64 next;
	__u64 address[CLOISON_KEYS];
};

CLOISON_SIZE(struct cloison_keys_of, 8 + 8 * CLOISON_KEYS);

/*
 * cloison_ipc: who made an object of System V in the first ipc namespace, as the id of
 * the tenant's cgroup; by the kernel's address of it. There can be 32,768 of each of the
 * three kinds in a namespace.
 */
#ifdef CLOISON_OTHER_SHAPE
#define CLOISON_IPC_OBJECTS 65536
#else
#define CLOISON_IPC_OBJECTS 131072
#endif

#endif /* CLOISON_SHARED_PROCESS_H */
