// SPDX-License-Identifier: GPL-2.0-only
/* cloison pool */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../common/output.h"
#include "../common/size.h"
#include "command.h"
#include "pci_bind.h"

struct pool_arguments {
	const char *name;
	uint64_t bytes;
	uint32_t node, bar;
	bool have_node, have_bar, force, bus_master, reset;
};

static int explain_add(struct command *command, int error, const struct cloison_pool_add *add,
		       const char *name)
{
	char text[SIZE_TEXT];
	int code = fail_errno(error, "pool %s", name);

	switch (error) {
	case -EINVAL:
		advise("sizes and addresses are multiples of %s",
		       size_format(text, command->query.out_granule));
		if (add->kind == CLOISON_POOL_RESERVED)
			advise("and the range is one set aside at boot: memmap=%s$%#llx",
			       size_format(text, add->bytes), (unsigned long long)add->start);
		break;
	case -EEXIST:
		advise("choose another --name; see: cloison pool list");
		break;
	case -EBUSY:
		advise("another pool or driver has this memory; see: cloison pool list, "
		       "/proc/iomem");
		if (add->kind == CLOISON_POOL_PCI)
			advise("and a function with --reset has one pool only");
		break;
	case -EOPNOTSUPP:
		if (add->flags & CLOISON_POOL_RESET)
			advise("the function cannot be reset: "
			       "its /sys/bus/pci/devices/.../reset_method is empty");
		break;
	case -ENOMEM:
		advise("%s of memory in one piece cannot be had; try less, or soon after boot",
		       size_format(text, add->bytes));
		break;
	case -EPERM:
		advise("pools are for root");
		break;
	}
	return code;
}

static int add(struct command *command, struct cloison_pool_add *add, const char *name)
{
	struct cloison_pool_get pool = CLOISON_ARG(cloison_pool_get);
	char text[SIZE_TEXT];
	int rc = cloison_pool_add(command->control, add, name);

	if (rc)
		return explain_add(command, rc, add, name);
	rc = cloison_pool_by_number(command->control, add->out_pool, &pool);
	if (rc)
		return fail_errno(rc, "pool %s", name);
	printf("pool %s: %s of %s memory\n", name, size_format(text, pool.out_bytes),
	       cloison_pool_kind_name(pool.out_kind));
	return EXIT_OK;
}

static void show_function(const struct pci_function *function, int chosen)
{
	char text[SIZE_TEXT];
	int i;

	printf("%s: %s, NUMA node %d, driver %s\n", function->address, function->name,
	       function->numa_node, function->driver[0] ? function->driver : "none");
	for (i = 0; i < PCI_BARS; i++)
		if (function->bars[i].bytes)
			printf("%s BAR %d: %s at %#llx%s\n", i == chosen ? " *" : "  ", i,
			       size_format(text, function->bars[i].bytes),
			       (unsigned long long)function->bars[i].start,
			       function->bars[i].prefetchable ? ", prefetchable" : "");
}

static int check_function(const struct pci_function *function, int bar, uint64_t granule,
			  bool force)
{
	char text[SIZE_TEXT];

	if (bar < 0 || bar >= PCI_BARS || !function->bars[bar].bytes)
		return fail(EXIT_USAGE, "%s has no memory %s", function->address,
			    bar < 0 ? "BAR" : "in that BAR");
	if (function->driver[0] && strcmp(function->driver, "cloison") && !force) {
		fail(EXIT_IN_USE, "%s is in use by the driver %s", function->address,
		     function->driver);
		advise("if nothing needs it, take it away from there with --force");
		return EXIT_IN_USE;
	}
	if (function->bars[bar].bytes < granule)
		return fail(EXIT_FAILED, "BAR %d of %s is smaller than %s", bar, function->address,
			    size_format(text, granule));
	return EXIT_OK;
}

static int add_pci(struct command *command, uint32_t address,
		   const struct pool_arguments *arguments)
{
	struct cloison_pool_add request = CLOISON_ARG(cloison_pool_add);
	char name[CLOISON_NAME_SIZE], text[SIZE_TEXT];
	struct pci_function function;
	int bar, rc;
	char *c;

	if (pci_look(address, &function)) {
		fail(EXIT_NOT_FOUND, "there is no PCI function %s", function.address);
		advise("see: lspci -D");
		return EXIT_NOT_FOUND;
	}
	bar = arguments->have_bar ? (int)arguments->bar : pci_choose_bar(&function);
	show_function(&function, bar);
	rc = check_function(&function, bar, command->query.out_granule, arguments->force);
	if (rc)
		return rc;
	/* Colons and dots are not for names. */
	snprintf(name, sizeof(name), "pci-%s", function.address);
	for (c = name; *c; c++)
		if (*c == ':' || *c == '.')
			*c = '-';
	rc = pci_bind(&function);
	if (rc) {
		fail(EXIT_FAILED, "%s cannot be bound to the driver cloison: %s", function.address,
		     strerror(-rc));
		advise("see the kernel's log: dmesg | tail");
		return EXIT_FAILED;
	}
	request.kind = CLOISON_POOL_PCI;
	if (arguments->bus_master)
		request.flags |= CLOISON_POOL_BUS_MASTER;
	if (arguments->reset)
		request.flags |= CLOISON_POOL_RESET;
	request.numa_node = -1;
	request.bytes = arguments->bytes;
	request.pci_address = address;
	request.pci_bar = (uint32_t)bar;
	rc = add(command, &request, arguments->name ? arguments->name : name);
	/* A second BAR's failure must not take the first BAR's pool with it. */
	if (rc && strcmp(function.driver, "cloison") && pci_unbind(&function))
		advise("%s is still bound: echo %s > /sys/bus/pci/drivers/cloison/unbind",
		       function.address, function.address);
	if (!rc && function.bars[bar].bytes % command->query.out_granule)
		printf("the BAR's last %s are not used\n",
		       size_format(text, function.bars[bar].bytes % command->query.out_granule));
	return rc;
}

static int add_memory(struct command *command, uint32_t kind, uint64_t start,
		      const struct pool_arguments *arguments)
{
	struct cloison_pool_add request = CLOISON_ARG(cloison_pool_add);

	request.kind = kind;
	request.start = start;
	request.bytes = arguments->bytes;
	request.numa_node = arguments->have_node ? (int)arguments->node : -1;
	return add(command, &request, arguments->name);
}

/* What the options must be for a kind; the module is asked only after that. */
static int check_arguments(struct command *command, uint32_t kind,
			   const struct pool_arguments *arguments)
{
	if (arguments->name && !cloison_name_valid(arguments->name))
		return fail_name("pool", arguments->name);
	if (kind != CLOISON_POOL_RAM && arguments->have_node)
		return command_usage(command, "--node is for ram; other memory knows its node");
	if (kind == CLOISON_POOL_PCI)
		return EXIT_OK;
	if (arguments->have_bar || arguments->force || arguments->bus_master || arguments->reset)
		return command_usage(command,
				     "--bar, --force, --bus-master and --reset are for pci");
	if (!arguments->bytes)
		return command_usage(command, "say how much: --bytes SIZE");
	if (!arguments->name)
		return command_usage(command, "give it a name: --name NAME");
	return EXIT_OK;
}

/* Where the memory is: nothing for ram, else what follows the kind. */
static int parse_where(struct command *command, uint32_t kind, const char *where, uint32_t *address,
		       uint64_t *start)
{
	const char *why;

	if (kind == CLOISON_POOL_PCI && pci_address_parse(where, address))
		return command_usage(command, "\"%s\" is not a PCI address such as 0000:00:04.0",
				     where);
	if (kind == CLOISON_POOL_RESERVED && size_parse(where, start, &why))
		return command_usage(command, "address \"%s\": %s", where, why);
	return EXIT_OK;
}

static uint32_t kind_of(const char *word)
{
	uint32_t kind;

	for (kind = CLOISON_POOL_RAM; kind <= CLOISON_POOL_PCI; kind++)
		if (!strcmp(word, cloison_pool_kind_name(kind)))
			return kind;
	return 0;
}

static int pool_add(struct command *command, int argc, char **argv)
{
	struct pool_arguments arguments = { 0 };
	const struct argument_option options[] = {
		{ "name", 0, ARGUMENT_TEXT, &arguments.name, NULL },
		{ "bytes", 0, ARGUMENT_SIZE, &arguments.bytes, NULL },
		{ "node", 0, ARGUMENT_NUMBER, &arguments.node, &arguments.have_node },
		{ "bar", 0, ARGUMENT_NUMBER, &arguments.bar, &arguments.have_bar },
		{ "force", 0, ARGUMENT_FLAG, &arguments.force, NULL },
		{ "bus-master", 0, ARGUMENT_FLAG, &arguments.bus_master, NULL },
		{ "reset", 0, ARGUMENT_FLAG, &arguments.reset, NULL },
		{ 0 },
	};
	int operands = command_parse(command, argc, argv, options, 1, 2), rc;
	uint32_t kind, address = 0;
	uint64_t start = 0;

	if (operands < 0)
		return EXIT_USAGE;
	kind = kind_of(argv[0]);
	if (!kind)
		return command_usage(command, "\"%s\" is not a kind of pool", argv[0]);
	if (operands != (kind == CLOISON_POOL_RAM ? 1 : 2))
		return command_usage(command, operands == 1 ? "an address is missing" :
							      "ram takes no address");
	rc = check_arguments(command, kind, &arguments);
	if (!rc)
		rc = parse_where(command, kind, argv[1], &address, &start);
	if (!rc)
		rc = command_control(command, true);
	if (rc)
		return rc;
	return kind == CLOISON_POOL_PCI ? add_pci(command, address, &arguments) :
					  add_memory(command, kind, start, &arguments);
}

static void pool_where(char text[64], const struct cloison_pool_get *pool)
{
	char address[PCI_ADDRESS_TEXT];

	if (pool->out_kind == CLOISON_POOL_PCI)
		snprintf(text, 64, "%s BAR %u", pci_address_format(address, pool->out_pci_address),
			 pool->out_pci_bar);
	else
		snprintf(text, 64, "%#llx", (unsigned long long)pool->out_start);
}

static int pool_list(struct command *command, int argc, char **argv)
{
	static const char *const names[] = { "pool",	    "number",	    "kind",
					     "where",	    "numa_node",    "bytes",
					     "clean",	    "dirty",	    "used",
					     "quarantined", "largest_free", "largest_clean",
					     "free_runs",   "regions",	    "enforcement",
					     NULL };
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct cloison_pool_get pool = CLOISON_ARG(cloison_pool_get);
	struct table *table;
	char where[64];
	int rc;

	if (command_parse(command, argc, argv, options, 0, 0) < 0)
		return EXIT_USAGE;
	rc = command_control(command, false);
	if (rc)
		return rc;
	table = table_new(names);
	while (table && !(rc = cloison_pool_next(command->control, &pool))) {
		pool_where(where, &pool);
		table_text(table, name_of(pool.out_name));
		table_number(table, pool.out_pool);
		table_text(table, cloison_pool_kind_name(pool.out_kind));
		/* What the kernel allocated lies where it likes. */
		if (pool.out_kind == CLOISON_POOL_RAM)
			table_none(table);
		else
			table_text(table, where);
		if (pool.out_numa_node < 0)
			table_none(table);
		else
			table_number(table, (uint64_t)pool.out_numa_node);
		table_bytes(table, pool.out_bytes);
		table_bytes(table, pool.out_clean);
		table_bytes(table, pool.out_dirty);
		table_bytes(table, pool.out_used);
		table_bytes(table, pool.out_quarantined);
		table_bytes(table, pool.out_largest_free);
		table_bytes(table, pool.out_largest_clean);
		table_number(table, pool.out_free_runs);
		table_number(table, pool.out_regions);
		table_text(table, cloison_enforcement_name(pool.out_enforcement));
	}
	return finish_table(command, table);
}

/* The function goes back when no other BAR of it is a pool any more. */
static int release_function(struct command *command, uint32_t address)
{
	struct cloison_pool_get pool = CLOISON_ARG(cloison_pool_get);
	struct pci_function function;
	int rc;

	while (!cloison_pool_next(command->control, &pool))
		if (pool.out_kind == CLOISON_POOL_PCI && pool.out_pci_address == address)
			return EXIT_OK;
	/* An unplugged device has nothing to be given back. */
	if (pci_look(address, &function) || strcmp(function.driver, "cloison"))
		return EXIT_OK;
	rc = pci_unbind(&function);
	return rc ? fail(EXIT_FAILED, "%s cannot be unbound: %s", function.address, strerror(-rc)) :
		    EXIT_OK;
}

static int pool_remove(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { { 0 } };
	struct cloison_pool_get pool;
	int rc, code;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	rc = command_control(command, false);
	if (!rc)
		rc = find_pool(command, argv[0], &pool);
	if (rc)
		return rc;
	rc = cloison_pool_remove(command->control, pool.out_pool);
	if (!rc)
		return pool.out_kind == CLOISON_POOL_PCI ?
			       release_function(command, pool.out_pci_address) :
			       EXIT_OK;
	code = fail_errno(rc, "pool %s", argv[0]);
	if (rc == -EBUSY)
		advise("it has %u regions; destroy them first: cloison region list",
		       pool.out_regions);
	else if (rc == -EIO)
		advise("the pool stays; see: cloison status, and the kernel's log");
	return code;
}

static const struct verb verbs[] = {
	{ "add", pool_add,
	  "pci ADDRESS [--bar N] [--bytes SIZE] [--name NAME] [--force] [--bus-master] "
	  "[--reset]\n"
	  "       cloison pool add ram --bytes SIZE [--node N] --name NAME\n"
	  "       cloison pool add reserved ADDRESS --bytes SIZE --name NAME",
	  "put memory under cloison" },
	{ "list", pool_list, "[-j]", "what there is and how much is free" },
	{ "remove", pool_remove, "NAME", "scrub a pool and let go of it" },
	{ 0 },
};

const struct noun pool_noun = { "pool", verbs, "the memory that is shared out" };
