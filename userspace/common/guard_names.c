// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of the DNS in the kernel: the numbers that policies have for them, and the one
 * table of the addresses that they have now. It is built apart, read back, and put in
 * place whole, so that a renewed name costs the same with one policy and with all.
 */
#include "guard_policy.h"
#include "guard_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The kernel gives a hash's bucket whole or not at all. */
#define BUCKET_ROOM 1024

static uint64_t now_read(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * DNS_SECOND + (uint64_t)now.tv_nsec;
}

/* ---- the numbers of names -------------------------------------------------- */

static int dns_compare(const void *a, const void *b)
{
	return strcmp(((const struct policy_dns *)a)->name, ((const struct policy_dns *)b)->name);
}

/* Names and numbers, as cloison_names has them. */
static int records_read(const struct guard_maps *maps, struct guard_columns *columns)
{
	const struct guard_entries entries = { .key_size = sizeof(uint32_t),
					       .value_size = sizeof(struct cloison_name) };
	int error = guard_columns_alloc(columns, &entries, CLOISON_NAMES + BUCKET_ROOM);

	if (error)
		return error;
	error = guard_columns_read(maps->fd[GUARD_MAP_NAMES], &entries, columns);
	if (error)
		guard_columns_free(columns);
	return error;
}

/* With the lock held: the names that policies may have. */
int guard_names_load(const struct guard_maps *maps, struct guard_directory *directory,
		     struct problem *problem)
{
	const struct cloison_name *records;
	struct guard_columns columns;
	int error = records_read(maps, &columns);
	uint32_t i;

	if (!error)
		directory->names = calloc(columns.count + 1, sizeof(*directory->names));
	if (error || !directory->names)
		return problem_set(problem, error ? error : -ENOMEM,
				   "cloison_names cannot be read");
	records = (const void *)columns.values;
	for (i = 0; i < columns.count; i++) {
		struct policy_dns *dns = &directory->names[directory->name_count++];

		memcpy(&dns->number, columns.keys + i * sizeof(uint32_t), sizeof(uint32_t));
		memcpy(dns->name, records[i].name, sizeof(dns->name));
		dns->name[sizeof(dns->name) - 1] = '\0';
	}
	guard_columns_free(&columns);
	qsort(directory->names, directory->name_count, sizeof(*directory->names), dns_compare);
	return 0;
}

/* A number that no name has, or 0. */
static uint32_t number_free(const struct guard_directory *directory)
{
	static __thread uint8_t taken[CLOISON_NAMES + 1];
	uint32_t number;
	size_t i;

	memset(taken, 0, sizeof(taken));
	for (i = 0; i < directory->name_count; i++)
		if (directory->names[i].number <= CLOISON_NAMES)
			taken[directory->names[i].number] = 1;
	for (number = 1; number <= CLOISON_NAMES; number++)
		if (!taken[number])
			return number;
	return 0;
}

static int name_note(const struct guard_maps *maps, struct guard_directory *directory,
		     const char *name, struct problem *problem)
{
	struct policy_dns dns = { .number = number_free(directory) }, *grown;
	struct cloison_name record = {};

	strcpy(dns.name, name);
	if (bsearch(&dns, directory->names, directory->name_count, sizeof(dns), dns_compare))
		return 0;
	if (!dns.number)
		return problem_set(
			problem, -ENOSPC,
			"policies have %d names of the DNS already: 'cloison net resolve "
			"--once' forgets those that are in none any more",
			CLOISON_NAMES);
	strcpy(record.name, name);
	if (bpf_map_update_elem(maps->fd[GUARD_MAP_NAMES], &dns.number, &record, BPF_NOEXIST))
		return problem_set(problem, -errno, "cannot note dns:%s: %s", name,
				   strerror(errno));
	grown = reallocarray(directory->names, directory->name_count + 1, sizeof(*grown));
	if (!grown)
		return problem_set(problem, -ENOMEM, "out of memory");
	directory->names = grown;
	directory->names[directory->name_count++] = dns;
	qsort(directory->names, directory->name_count, sizeof(*grown), dns_compare);
	return 0;
}

/* With the lock held: each name of the DNS in a policy has a number. */
int guard_names_note(const struct guard_maps *maps, struct guard_directory *directory,
		     const struct policy *policy, struct problem *problem)
{
	int error = 0;
	size_t i;

	for (i = 0; i < policy->count && !error; i++)
		if (policy->rules[i].peers == CLOISON_PEERS_DNS)
			error = name_note(maps, directory, policy->rules[i].tenant, problem);
	return error;
}

/* ---- what they have -------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	const struct dns_name *left = a, *right = b;

	return left->number < right->number ? -1 : left->number > right->number;
}

static struct dns_name *name_find(const struct guard_names *names, uint32_t number)
{
	struct dns_name key = { .number = number };

	return bsearch(&key, names->names, names->count, sizeof(key), by_number);
}

static int resolved_read(const struct guard_maps *maps, struct guard_names *names)
{
	const struct guard_entries entries = { .key_size = sizeof(struct cloison_address),
					       .value_size = sizeof(struct cloison_resolved) };
	_cleanup_fd_ int fd = guard_inner_open(maps, GUARD_MAP_RESOLVED, 0);
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info), i, j;
	struct guard_columns columns;
	int error;

	/* There is none before the first answer. */
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	error = guard_columns_alloc(&columns, &entries, info.max_entries + BUCKET_ROOM);
	if (error)
		return error;
	error = guard_columns_read(fd, &entries, &columns);
	for (i = 0; i < columns.count && !error; i++) {
		struct cloison_resolved resolved;

		memcpy(&resolved, columns.values + i * sizeof(resolved), sizeof(resolved));
		for (j = 0; j < CLOISON_NAMES_OF_ADDRESS && resolved.names[j]; j++) {
			struct dns_name *name = name_find(names, resolved.names[j]);

			if (!name || name->count == DNS_ADDRESSES)
				continue;
			memcpy(&name->addresses[name->count],
			       columns.keys + i * sizeof(struct cloison_address),
			       sizeof(struct cloison_address));
			name->until[name->count++] = resolved.until[j];
		}
	}
	guard_columns_free(&columns);
	return error;
}

static int names_read(const struct guard_maps *maps, struct guard_names *names,
		      struct problem *problem)
{
	struct guard_columns columns;
	int error = records_read(maps, &columns);
	uint32_t i;

	free(names->names);
	names->names = error ? NULL : calloc(columns.count + 1, sizeof(*names->names));
	names->count = 0;
	if (!error && !names->names)
		error = -ENOMEM;
	for (i = 0; !error && i < columns.count; i++) {
		struct dns_name *name = &names->names[names->count++];

		memcpy(&name->number, columns.keys + i * sizeof(uint32_t), sizeof(uint32_t));
		memcpy(&name->record, columns.values + i * sizeof(name->record),
		       sizeof(name->record));
		name->record.name[sizeof(name->record.name) - 1] = '\0';
	}
	if (!error) {
		guard_columns_free(&columns);
		qsort(names->names, names->count, sizeof(*names->names), by_number);
		error = resolved_read(maps, names);
	}
	if (error)
		problem_set(problem, error, "the names of the DNS cannot be read: %s",
			    strerror(-error));
	return error;
}

/* ---- a new table ----------------------------------------------------------- */

/* That a name has an address. */
struct pair {
	struct cloison_address address;
	uint32_t name; /* its place in the list */
	uint64_t until;
};

struct entry {
	struct cloison_address key;
	struct cloison_resolved value;
} __attribute__((packed));

static int pair_compare(const void *a, const void *b)
{
	const struct pair *left = a, *right = b;
	int order = memcmp(&left->address, &right->address, sizeof(left->address));

	return order ? order : left->name < right->name ? -1 : left->name > right->name;
}

static struct pair *pairs_make(const struct guard_names *names, size_t *count)
{
	size_t room = 0, i;
	struct pair *pairs;
	uint32_t j;

	for (i = 0; i < names->count; i++)
		room += names->names[i].count;
	pairs = calloc(room + 1, sizeof(*pairs));
	*count = 0;
	for (i = 0; i < names->count && pairs; i++)
		for (j = 0; j < names->names[i].count; j++)
			pairs[(*count)++] = (struct pair){ names->names[i].addresses[j],
							   (uint32_t)i, names->names[i].until[j] };
	if (pairs)
		qsort(pairs, *count, sizeof(*pairs), pair_compare);
	return pairs;
}

/* An address has room for so many names; of those behind, it is not, and that is noted. */
static size_t entries_make(struct guard_names *names, const struct pair *pairs, size_t count,
			   struct entry *entries)
{
	uint32_t held = 0;
	size_t made = 0, i;

	for (i = 0; i < names->count; i++)
		names->names[i].record.crowded = 0;
	for (i = 0; i < count; i++) {
		struct dns_name *name = &names->names[pairs[i].name];

		if (!i ||
		    memcmp(&pairs[i].address, &pairs[i - 1].address, sizeof(pairs->address))) {
			entries[made++].key = pairs[i].address;
			held = 0;
		}
		if (held == CLOISON_NAMES_OF_ADDRESS) {
			name->record.crowded++;
			continue;
		}
		entries[made - 1].value.names[held] = name->number;
		entries[made - 1].value.until[held++] = pairs[i].until;
	}
	return made;
}

static int resolved_write(const struct guard_maps *maps, struct guard_names *names,
			  struct problem *problem)
{
	struct guard_entries list = { NULL, 0, sizeof(struct entry), sizeof(struct cloison_address),
				      sizeof(struct cloison_resolved) };
	uint32_t one = 0;
	struct entry *entries = NULL;
	size_t count;
	struct pair *pairs = pairs_make(names, &count);
	int fd, error = -ENOMEM;

	if (pairs)
		entries = calloc(count + 1, sizeof(*entries));
	if (!entries) {
		free(pairs);
		return problem_set(problem, error, "out of memory");
	}
	list.first = entries;
	list.count = entries_make(names, pairs, count, entries);
	fd = guard_table_make(maps, GUARD_MAP_RESOLVED, &list, problem);
	free(entries);
	free(pairs);
	if (fd < 0)
		return fd;
	error = guard_inner_place(maps, GUARD_MAP_RESOLVED, &one, &fd, 1, problem);
	close(fd);
	return error;
}

/* ---- what no policy has ---------------------------------------------------- */

static int names_of_tenant(const struct guard_maps *maps, const struct guard_tenant *tenant,
			   uint8_t used[CLOISON_NAMES + 1])
{
	struct policy policy;
	size_t i;
	int error;

	if (tenant->segment.mode == CLOISON_UNSET || !(tenant->segment.flags & CLOISON_HAS_DNS))
		return 0;
	error = guard_slot_read(maps, &tenant->segment, &policy);
	if (error)
		return error;
	for (i = 0; i < policy.part_count; i++)
		if (policy.parts[i].peers == CLOISON_PART_DNS &&
		    policy.parts[i].prefix <= CLOISON_NAMES)
			used[policy.parts[i].prefix] = 1;
	policy_free(&policy);
	return 0;
}

/* Behind the others stand those to be forgotten, whose addresses are gone first. */
static size_t names_split(struct guard_names *names, const uint8_t used[CLOISON_NAMES + 1])
{
	size_t kept = 0, i;

	for (i = 0; i < names->count; i++) {
		struct dns_name name = names->names[i];

		if (name.number > CLOISON_NAMES || !used[name.number])
			continue;
		names->names[i] = names->names[kept];
		names->names[kept++] = name;
	}
	return kept;
}

/*
 * With the lock held: names that no policy in force has are forgotten, and which
 * addresses are tenants' own is read again.
 */
static int names_sweep(const struct guard_maps *maps, struct guard_names *names,
		       struct problem *problem)
{
	static __thread uint8_t used[CLOISON_NAMES + 1];
	struct guard_directory directory;
	int error = guard_directory_read(maps, &directory, problem);
	size_t i, count = names->count;

	if (error)
		return error;
	memset(used, 0, sizeof(used));
	policy_free(&names->owned);
	for (i = 0; i < directory.count && !error; i++) {
		error = names_of_tenant(maps, &directory.tenants[i], used);
		if (!error)
			error = policy_own_copy(&names->owned, &directory.tenants[i].own);
	}
	guard_directory_free(&directory);
	if (error)
		return problem_set(problem, error, "the policies cannot be read: %s",
				   strerror(-error));
	names->count = names_split(names, used);
	if (names->count == count)
		return 0;
	/* A number is given out again only when no address has it. */
	error = resolved_write(maps, names, problem);
	for (i = names->count; i < count && !error; i++)
		bpf_map_delete_elem(maps->fd[GUARD_MAP_NAMES], &names->names[i].number);
	qsort(names->names, names->count, sizeof(*names->names), by_number);
	return error;
}

/* ---- for the resolver ------------------------------------------------------ */

static int records_write(const struct guard_maps *maps, const struct guard_names *names,
			 struct problem *problem)
{
	struct cloison_name old;
	size_t i;

	for (i = 0; i < names->count; i++) {
		const struct dns_name *name = &names->names[i];

		if (bpf_map_lookup_elem(maps->fd[GUARD_MAP_NAMES], &name->number, &old) ||
		    !memcmp(&old, &name->record, sizeof(old)))
			continue;
		if (bpf_map_update_elem(maps->fd[GUARD_MAP_NAMES], &name->number, &name->record,
					BPF_EXIST))
			return problem_set(problem, -errno, "cannot note dns:%s: %s",
					   name->record.name, strerror(errno));
	}
	return 0;
}

/* With the lock held. */
int guard_names_renew(const struct guard_maps *maps, struct guard_names *names,
		      guard_names_fn change, void *data, struct problem *problem)
{
	struct cloison_pens *pens = guard_pens_map(maps);
	uint64_t generation = pens ? pens->generation : 0;
	struct policy host = {};
	int error = names_read(maps, names, problem);

	if (pens)
		guard_pens_unmap(pens);
	if (!error && generation != names->generation)
		error = names_sweep(maps, names, problem);
	if (!error)
		error = guard_host_read(&host, problem);
	if (!error) {
		const struct dns_owned owned = { &host, &names->owned };

		names->generation = generation;
		if (change(names, &owned, now_read(), data)) {
			error = resolved_write(maps, names, problem);
			if (!error)
				error = records_write(maps, names, problem);
		}
	}
	policy_free(&host);
	return error;
}

int guard_names_change(struct guard_names *names, guard_names_fn change, void *data,
		       struct problem *problem)
{
	int lock = guard_lock(problem), error;
	struct guard_maps maps;

	if (lock < 0)
		return lock;
	error = guard_maps_open(&maps, problem);
	if (!error) {
		error = guard_names_renew(&maps, names, change, data, problem);
		guard_maps_close(&maps);
	}
	guard_unlock(lock);
	return error;
}

/* ---- to look at ------------------------------------------------------------ */

int guard_names_read(struct guard_names *names, struct problem *problem)
{
	struct guard_maps maps;
	int error = guard_maps_open(&maps, problem);
	uint64_t now = now_read();
	size_t i;

	*names = (struct guard_names){};
	if (error)
		return error;
	error = names_read(&maps, names, problem);
	/* The programs do not go by what has ended. */
	for (i = 0; i < names->count && !error; i++)
		dns_expire(&names->names[i], now);
	guard_maps_close(&maps);
	if (error)
		guard_names_free(names);
	return error;
}

void guard_names_free(struct guard_names *names)
{
	free(names->names);
	policy_free(&names->owned);
	*names = (struct guard_names){};
}

void guard_flow_names(const struct guard_maps *maps, struct policy_flow *flow)
{
	_cleanup_fd_ int fd = guard_inner_open(maps, GUARD_MAP_RESOLVED, 0);
	struct cloison_address key = { .family = flow->family };
	struct cloison_resolved resolved;
	uint64_t now = now_read();
	uint32_t i;

	flow->name_count = 0;
	flow->translated |= flow->family == CLOISON_IPV6 && guard_nat64_has(maps, flow->address);
	memcpy(key.address, flow->address, sizeof(key.address));
	if (flow->translated) {
		key = (struct cloison_address){ .family = CLOISON_IPV4 };
		memcpy(key.address, flow->address + CLOISON_NAT64_SIZE, 4);
	}
	if (fd < 0 || bpf_map_lookup_elem(fd, &key, &resolved))
		return;
	for (i = 0; i < CLOISON_NAMES_OF_ADDRESS && resolved.names[i]; i++)
		if (resolved.until[i] > now)
			flow->names[flow->name_count++] = resolved.names[i];
}

int guard_flow_resolve(struct policy_flow *flow, struct problem *problem)
{
	struct guard_maps maps;
	int error = guard_maps_open(&maps, problem);

	if (error)
		return error;
	guard_flow_names(&maps, flow);
	guard_maps_close(&maps);
	return 0;
}
