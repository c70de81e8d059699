/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What there is: all that a call that failed may not have changed, as text, so
 * that a difference can be shown.
 */
#ifndef FAIL_NTH_CENSUS_H
#define FAIL_NTH_CENSUS_H

struct census {
	size_t used;
	char text[32768];
};

/* Shared with the tenant's task: what the call under way works on. */
struct state {
	uint32_t region;
	uint32_t made;
	struct census tenant_census;
};

static struct state *shared;
static int control = -1;

__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("not ok fail-nth: ", stdout);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	fflush(stdout);
	_exit(1);
}

static void share_state(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		die("mmap: %s", strerror(errno));
}

static void control_open(void)
{
	control = open("/dev/cloison/control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		die("/dev/cloison/control: %s", strerror(errno));
}

__attribute__((format(printf, 2, 3))) static void census_add(struct census *census,
							     const char *format, ...)
{
	size_t room = sizeof(census->text) - census->used;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(census->text + census->used, room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room)
		die("the census does not fit");
	census->used += n;
}

static unsigned int entries(const char *path)
{
	unsigned int n = 0;
	DIR *dir = opendir(path);

	if (!dir)
		return 0;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Descriptors and mappings of the task that calls it. */
static void census_of_self(struct census *census)
{
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");

	census->used = 0;
	if (!maps)
		die("/proc/self/maps: %s", strerror(errno));
	while (fgets(line, sizeof(line), maps))
		if (strstr(line, "/dev/cloison") || strstr(line, "dmabuf"))
			census_add(census, "%s", line);
	fclose(maps);
	census_add(census, "descriptors %u\n", entries("/proc/self/fd"));
}

/* Memory that was given back is clean again a moment later. */
static void census_of_pools(struct census *census)
{
	struct cloison_pool_get get = { 0 };
	uint32_t next = 0;

	for (;;) {
		unsigned int tries = 0;

		do {
			if (tries++)
				usleep(2000);
			get = (struct cloison_pool_get){
				.size = sizeof(get),
				.flags = CLOISON_GET_FLAG_NEXT,
				.pool = next,
			};
			if (ioctl(control, CLOISON_POOL_GET, &get))
				return;
		} while (get.out_dirty && tries < 5000);
		census_add(census,
			   "pool %s: clean %llu dirty %llu used %llu quarantined %llu regions %u\n",
			   (char *)get.out_name, (unsigned long long)get.out_clean,
			   (unsigned long long)get.out_dirty, (unsigned long long)get.out_used,
			   (unsigned long long)get.out_quarantined, get.out_regions);
		next = get.out_pool + 1;
	}
}

static void census_of_tenants(struct census *census)
{
	uint32_t next = 0;

	for (;;) {
		struct cloison_tenant_get get = {
			.size = sizeof(get),
			.flags = CLOISON_GET_FLAG_NEXT,
			.tenant = next,
		};

		if (ioctl(control, CLOISON_TENANT_GET, &get))
			return;
		census_add(census, "tenant %s: quota %llu used %llu regions %u\n",
			   (char *)get.out_name, (unsigned long long)get.out_quota,
			   (unsigned long long)get.out_used, get.out_regions);
		next = get.out_tenant + 1;
	}
}

static void census_of_regions(struct census *census)
{
	uint32_t next = 0;

	for (;;) {
		struct cloison_region_get get = {
			.size = sizeof(get),
			.flags = CLOISON_GET_FLAG_NEXT,
			.region = next,
		};

		if (ioctl(control, CLOISON_REGION_GET, &get))
			return;
		census_add(census, "region %s: state %u bytes %llu opens %u mappings %u\n",
			   (char *)get.out_name, get.out_state, (unsigned long long)get.out_bytes,
			   get.out_opens, get.out_mappings);
		next = get.out_region + 1;
	}
}

static void census_of_grants(struct census *census)
{
	uint32_t next = 0;

	for (;;) {
		struct cloison_grant_get get = {
			.size = sizeof(get),
			.flags = CLOISON_GET_FLAG_NEXT,
			.grant = next,
		};

		if (ioctl(control, CLOISON_GRANT_GET, &get))
			return;
		census_add(census, "grant %s: opens %u mappings %u\n", (char *)get.out_name,
			   get.out_opens, get.out_mappings);
		next = get.out_grant + 1;
	}
}

/* How many users the module has: tenants, pools and open files. */
static void census_of_module(struct census *census)
{
	char text[16] = "";
	int fd = open("/sys/module/cloison/refcnt", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		die("the module's use count: %s", strerror(errno));
	close(fd);
	census_add(census, "module %s", text);
}

/* After the tenant's task took its own. */
static void census_of_all(struct census *census)
{
	census_of_self(census);
	census_of_pools(census);
	census_of_tenants(census);
	census_of_regions(census);
	census_of_grants(census);
	census_of_module(census);
	census_add(census, "nodes %u of acme's %u of globex's %u classes %u %u %u\n",
		   entries("/dev/cloison"), entries("/dev/cloison/acme"),
		   entries("/dev/cloison/globex"), entries("/sys/class/cloison"),
		   entries("/sys/class/cloison_pool"), entries("/sys/class/cloison_tenant"));
	census_add(census, "acme's task: %s", shared->tenant_census.text);
}

static bool census_same(const struct census *before, const struct census *after)
{
	return before->used == after->used && !memcmp(before->text, after->text, before->used);
}

static void census_print(const char *when, const struct census *census)
{
	const char *line = census->text;

	while (*line) {
		size_t length = strcspn(line, "\n");

		printf("# %s: %.*s\n", when, (int)length, line);
		line += length + !!line[length];
	}
	fflush(stdout);
}

static void census_compare(const struct census *before, const struct census *after)
{
	census_print("before", before);
	census_print("after", after);
}

#endif /* FAIL_NTH_CENSUS_H */
