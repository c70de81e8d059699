/* SPDX-License-Identifier: GPL-2.0-only */
/* Good arguments for what the module holds of the guard. A part of ioctl-edge-calls.h, which includes it. */
#ifndef IOCTL_EDGE_GUARD_H
#define IOCTL_EDGE_GUARD_H

static int map_make(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};

	return (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static void set_held_name(uint8_t *to, const char *name)
{
	memset(to, 0, CLOISON_GUARD_NAME_SIZE);
	strcpy((char *)to, name);
}

static void undo_guard_hold(void *room)
{
	struct cloison_guard_release args = {
		.size = sizeof(args),
		.flags = CLOISON_GUARD_FLAG_BELOW,
	};

	(void)room;
	set_held_name(args.name, "edge");
	ioctl(device, CLOISON_GUARD_RELEASE, &args);
}

static void fill_guard_hold(void *room)
{
	START(cloison_guard_hold, room);
	args->fd = standing_map;
	args->reserved = 0;
	set_held_name(args->name, "edge/held");
}

/* What is to be found must be held, whether or not the last call let it go. */
static void hold_one(void)
{
	struct cloison_guard_hold hold;

	fill_guard_hold(&hold);
	ioctl(device, CLOISON_GUARD_HOLD, &hold);
}

static void fill_guard_open(void *room)
{
	hold_one();
	START(cloison_guard_open, room);
	args->reserved = 0;
	set_held_name(args->name, "edge/held");
}

static void undo_guard_open(void *room)
{
	close(((struct cloison_guard_open *)room)->out_fd);
}

static void fill_guard_release(void *room)
{
	hold_one();
	START(cloison_guard_release, room);
	set_held_name(args->name, "edge/held");
}

static void fill_guard_next(void *room)
{
	hold_one();
	START(cloison_guard_next, room);
	set_held_name(args->name, "edge");
}

enum { TENANT_ADD_CALL = 5 };

#endif /* IOCTL_EDGE_GUARD_H */
