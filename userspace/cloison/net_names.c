// SPDX-License-Identifier: GPL-2.0-only
/* cloison net names: the names of the DNS that policies have, as the resolver left them. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common/guard_policy.h"
#include "../common/output.h"
#include "net.h"

/* An address and how long it counts, with what stands between. */
#define ADDRESS_TEXT (INET6_ADDRSTRLEN + 16)

static uint64_t now_read(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * DNS_SECOND + (uint64_t)now.tv_nsec;
}

static void address_text(const struct cloison_address *address, char text[INET6_ADDRSTRLEN])
{
	if (!inet_ntop(address->family == CLOISON_IPV4 ? AF_INET : AF_INET6, address->address, text,
		       INET6_ADDRSTRLEN))
		strcpy(text, "?");
}

static uint64_t seconds_left(uint64_t until, uint64_t now)
{
	return until > now ? (until - now + DNS_SECOND - 1) / DNS_SECOND : 0;
}

static void cell_addresses(struct table *table, const struct dns_name *name, uint64_t now)
{
	char all[DNS_ADDRESSES * ADDRESS_TEXT] = "", text[INET6_ADDRSTRLEN];
	json_t *list = json_array();
	size_t length = 0;
	uint32_t i;

	for (i = 0; i < name->count; i++) {
		uint64_t left = seconds_left(name->until[i], now);

		address_text(&name->addresses[i], text);
		length += snprintf(all + length, sizeof(all) - length, "%s%s/%llus",
				   length ? "," : "", text, (unsigned long long)left);
		json_array_append_new(list, json_pack("{s:s, s:I}", "address", text, "seconds",
						      (json_int_t)left));
	}
	table_json(table, list, length ? all : "-");
}

static void add_row(struct table *table, const struct dns_name *name, uint64_t now)
{
	table_text(table, name->record.name);
	cell_addresses(table, name, now);
	if (name->record.answered)
		table_number(table, (now - name->record.answered) / DNS_SECOND);
	else
		table_none(table);
	table_number(table, name->record.failures);
	table_number(table, name->record.refused);
	table_number(table, name->record.left_out + name->record.crowded);
}

int net_names(struct command *command, int argc, char **argv)
{
	static const char *const columns[] = { "name",	  "addresses", "answered", "failures",
					       "refused", "left_out",  NULL };
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct problem problem = { "" };
	struct guard_names names;
	uint64_t now = now_read();
	struct table *table;
	size_t i;
	int rc;

	if (command_parse(command, argc, argv, options, 0, 0) < 0)
		return EXIT_USAGE;
	rc = guard_names_read(&names, &problem);
	if (rc)
		return fail_guard(rc, &problem);
	table = table_new(columns);
	for (i = 0; table && i < names.count; i++)
		add_row(table, &names.names[i], now);
	guard_names_free(&names);
	return finish_table(command, table);
}

static bool policy_has(const struct policy *policy, const char *name)
{
	size_t i;

	for (i = 0; i < policy->count; i++)
		if (policy->rules[i].peers == CLOISON_PEERS_DNS &&
		    !strcmp(policy->rules[i].tenant, name))
			return true;
	return false;
}

int net_names_print(const struct policy *policy)
{
	struct problem problem = { "" };
	char text[INET6_ADDRSTRLEN];
	struct guard_names names;
	uint32_t j;
	size_t i;
	int rc;

	if (!(policy_flags(policy) & CLOISON_HAS_DNS))
		return EXIT_OK;
	rc = guard_names_read(&names, &problem);
	if (rc)
		return fail_guard(rc, &problem);
	for (i = 0; i < names.count; i++) {
		const struct dns_name *name = &names.names[i];

		if (!policy_has(policy, name->record.name))
			continue;
		printf("# dns:%s has now:%s", name->record.name, name->count ? "" : " no address");
		for (j = 0; j < name->count; j++) {
			address_text(&name->addresses[j], text);
			printf(" %s", text);
		}
		putchar('\n');
	}
	guard_names_free(&names);
	return EXIT_OK;
}
