/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fuzzer's ioctls: every one by its row, and any number with any bytes. A call
 * takes its values from one number and what is wrong with them from another, zero
 * for nothing.
 */
#ifndef FUZZ_CALL_IOCTLS_H
#define FUZZ_CALL_IOCTLS_H

#define RESULT(_call) ((_call) < 0 ? errno : 0)

static const char *const names[] = { "a", "b", "c", "d" };

static uint64_t interesting(struct random *random)
{
	static const uint64_t values[] = {
		0,
		1,
		2,
		4095,
		4096,
		4097,
		(2 << 20) - 1,
		2 << 20,
		(2 << 20) + 1,
		3 << 20,
		0x7fffffff,
		0x80000000,
		0xfffffffe,
		0xffffffff,
		1ULL << 32,
		1ULL << 52,
		(1ULL << 63) - 1,
		1ULL << 63,
		~0ULL - 4095,
		~0ULL - 1,
		~0ULL,
	};
	uint32_t choice = random_below(random, sizeof(values) / sizeof(values[0]) + 2);

	if (choice < sizeof(values) / sizeof(values[0]))
		return values[choice];
	return random_next(random) >> random_below(random, 64);
}

/* One that was made, or the one that is always there. */
static uint32_t made(struct random *random, const uint32_t *slots, uint32_t always)
{
	uint32_t number = slots[random_below(random, SLOTS)];

	return number && random_below(random, 2) ? number : always;
}

static uint64_t good_value(struct random *random, enum meaning meaning, uint32_t size)
{
	switch (meaning) {
	case FIELD_SIZE:
		return size;
	case FIELD_GET_FLAGS:
		return random_below(random, 2);
	case FIELD_POOL:
		return made(random, world->pools, world->accel0);
	case FIELD_TENANT:
		return random_below(random, 4) ? world->acme : NEW_TENANT;
	case FIELD_REGION:
		return made(random, world->regions, world->regions[0]);
	case FIELD_GRANT:
		return made(random, world->grants, world->grants[0]);
	case FIELD_GRANTEE:
		return random_below(random, 4) ? world->globex : NEW_TENANT;
	case FIELD_GRANT_MODE:
		return 0440;
	case FIELD_NEW_TENANT:
		return NEW_TENANT;
	case FIELD_CGROUP_FD:
		return fuzz_cgroups[random_below(random, FUZZ_CGROUPS)];
	case FIELD_SET_CGROUP:
		return CLOISON_TENANT_SET_CGROUP;
	case FIELD_BYTES:
		return (1 + random_below(random, 4)) << (12 + random_below(random, 10));
	case FIELD_POOL_BYTES:
		return (1 + random_below(random, 4)) * (2UL << 20);
	case FIELD_OFFSET:
		return random_below(random, 1024) << 12;
	case FIELD_MODE:
		return random_below(random, 2) ? 0600 : 0640;
	case FIELD_KIND:
		return CLOISON_POOL_RAM;
	case FIELD_NODE:
		return -1;
	case FIELD_ALIGN:
		return random_below(random, 2) ? 0 : 21;
	case FIELD_BPF_FD:
		return bpf_map;
	case FIELD_FD_FLAGS:
		return O_CLOEXEC | (random_below(random, 2) ? O_RDWR : O_RDONLY);
	default:
		return 0;
	}
}

static void put(uint8_t *args, const struct field *field, uint64_t value)
{
	memcpy(args + field->offset, &value, field->size < 8 ? field->size : 8);
}

static uint32_t get32(const uint8_t *args, const struct field *field)
{
	uint32_t value;

	memcpy(&value, args + field->offset, sizeof(value));
	return value;
}

static void put_name(uint8_t *args, const struct field *field, struct random *random, bool spoilt)
{
	static const char *const bad[] = {
		"", ".", "..", "a/b", "control", "\x01", "a\nb", "\xc3\xa9", "-", "a b",
	};

	if (!spoilt && field->meaning == FIELD_HELD_NAME)
		sprintf((char *)args + field->offset, "fuzz/%s", names[random_below(random, 2)]);
	else if (!spoilt)
		strcpy((char *)args + field->offset, names[random_below(random, SLOTS)]);
	else if (random_below(random, 2))
		memset(args + field->offset, 'x', random_below(random, field->size + 1));
	else
		strcpy((char *)args + field->offset,
		       bad[random_below(random, sizeof(bad) / sizeof(bad[0]))]);
}

static void fill(const struct ioctl_row *row, uint8_t *args, uint32_t values, uint32_t spoils)
{
	struct random good, bad;
	const struct field *field;

	random_seed(&good, values, 1);
	random_seed(&bad, spoils, 2);
	for (field = row->fields; field->size; field++) {
		bool spoilt = spoils && !random_below(&bad, 4);

		if (field->meaning == FIELD_NAME || field->meaning == FIELD_HELD_NAME)
			put_name(args, field, spoilt ? &bad : &good, spoilt);
		else if (spoilt)
			put(args, field, interesting(&bad));
		else if (field->meaning < MADE_POOL)
			put(args, field, good_value(&good, field->meaning, row->size));
	}
	/* A tail that the kernel does not know, zero or not. */
	if (spoils && !random_below(&bad, 4))
		args[row->size + random_below(&bad, 64)] = random_below(&bad, 2);
}

static void remember(uint32_t *slots, uint32_t number)
{
	unsigned int i;

	for (i = 0; i < SLOTS - 1 && slots[i]; i++)
		;
	slots[i] = number;
}

static void remember_fd(int fd, struct random *random)
{
	unsigned int i = random_below(random, SLOTS);

	if (fds[i] >= 0)
		close(fds[i]);
	fds[i] = fd;
}

static void take_made(const struct ioctl_row *row, const uint8_t *args, struct random *random)
{
	const struct field *field;

	for (field = row->fields; field->size; field++) {
		if (field->meaning == MADE_POOL)
			remember(world->pools, get32(args, field));
		else if (field->meaning == MADE_REGION)
			remember(world->regions, get32(args, field));
		else if (field->meaning == MADE_GRANT)
			remember(world->grants, get32(args, field));
		else if (field->meaning == MADE_FD)
			remember_fd((int)get32(args, field), random);
	}
}

/* Mostly one that is open, if any is: else hardly a call would get beyond EBADF. */
static int any_fd(struct random *random)
{
	unsigned int slot = random_below(random, SLOTS), i;

	if (random_below(random, 8))
		for (i = 0; i < SLOTS && fds[slot] < 0; i++)
			slot = (slot + 1) % SLOTS;
	return fds[slot];
}

static int make_ioctl(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	static uint8_t args[1 << 16];
	struct random random;
	int fd;

	random_seed(&random, values, 3);
	fd = row->by_tenant ? any_fd(&random) : control;
	memset(args, 0, 4096);
	fill(row, args, values, spoils);
	/* Not all that is held: the guard itself is. */
	if (row->cmd == CLOISON_GUARD_RELEASE && !((struct cloison_guard_release *)args)->name[0])
		args[4] = 0;
	if (spoils && !random_below(&random, 8))
		return RESULT(ioctl(fd, row->cmd, NULL));
	if (ioctl(fd, row->cmd, args) < 0)
		return errno;
	take_made(row, args, &random);
	return 0;
}

/* Any number, any bytes, any file. */
static int make_raw_ioctl(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	struct random random;
	uint64_t args[64];
	unsigned int i, cmd;
	int fd;

	(void)row;
	random_seed(&random, values, spoils);
	cmd = 0xe100 | random_below(&random, 0x60);
	if (cmd == CLOISON_GUARD_RELEASE)
		return ENOTTY;
	for (i = 0; i < 64; i++)
		args[i] = interesting(&random);
	/* A size that may be one. */
	if (random_below(&random, 2))
		args[0] = (args[0] & ~0xffffffffULL) | (8 + random_below(&random, 200));
	fd = random_below(&random, 2) ? any_fd(&random) : control;
	return RESULT(ioctl(fd, cmd, args));
}

#endif /* FUZZ_CALL_IOCTLS_H */
