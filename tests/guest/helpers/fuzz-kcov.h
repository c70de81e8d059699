/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which edges of the module's code a task has gone along, where the kernel has
 * kcov; only the module is built for it. One map for all tasks, in the world.
 */
#ifndef FUZZ_KCOV_H
#define FUZZ_KCOV_H

#define KCOV_INIT_TRACE _IOR('c', 1, unsigned long)
#define KCOV_ENABLE _IO('c', 100)
#define KCOV_ENTRIES (256UL << 10)
#define EDGES (1U << 18)

static uint8_t *edge_map;
static uint32_t *edge_count;
static unsigned long *kcov;

static void kcov_open(void)
{
	int fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	if (ioctl(fd, KCOV_INIT_TRACE, KCOV_ENTRIES))
		die("kcov: %s", strerror(errno));
	kcov = mmap(NULL, KCOV_ENTRIES * sizeof(*kcov), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (kcov == MAP_FAILED || ioctl(fd, KCOV_ENABLE, 0))
		die("kcov: %s", strerror(errno));
}

static void kcov_begin(void)
{
	if (kcov)
		__atomic_store_n(&kcov[0], 0, __ATOMIC_RELAXED);
}

static void kcov_end(void)
{
	unsigned long i, n, before = 0;

	if (!kcov)
		return;
	n = __atomic_load_n(&kcov[0], __ATOMIC_RELAXED);
	for (i = 0; i < n && i + 1 < KCOV_ENTRIES; i++) {
		unsigned long here = kcov[i + 1];
		unsigned int edge = (here ^ before << 5) % EDGES;

		if (!__atomic_exchange_n(&edge_map[edge], 1, __ATOMIC_RELAXED))
			__atomic_fetch_add(edge_count, 1, __ATOMIC_RELAXED);
		before = here;
	}
	/* What is done between two calls does not count. */
	__atomic_store_n(&kcov[0], 0, __ATOMIC_RELAXED);
}

#endif /* FUZZ_KCOV_H */
