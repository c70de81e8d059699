// SPDX-License-Identifier: GPL-2.0-only
/* A PCI function: what it is (libpci), and its driver (sysfs). */
#include "pci_bind.h"

#include <errno.h>
#include <fcntl.h>
#include <pci/pci.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICES "/sys/bus/pci/devices/"
#define DRIVER "cloison"

static void look_driver(struct pci_function *function)
{
	char path[128], target[256];
	ssize_t length;

	snprintf(path, sizeof(path), DEVICES "%s/driver", function->address);
	length = readlink(path, target, sizeof(target) - 1);
	if (length > 0) {
		target[length] = '\0';
		snprintf(function->driver, sizeof(function->driver), "%.*s", PCI_TEXT - 1,
			 basename(target));
	} else {
		function->driver[0] = '\0';
	}
}

static void look_bars(const struct pci_dev *device, struct pci_function *function)
{
	int i;

	for (i = 0; i < PCI_BARS; i++) {
		pciaddr_t base = device->base_addr[i];

		if (!device->size[i] ||
		    (base & PCI_BASE_ADDRESS_SPACE) != PCI_BASE_ADDRESS_SPACE_MEMORY)
			continue;
		function->bars[i].start = base & PCI_ADDR_MEM_MASK;
		function->bars[i].bytes = device->size[i];
		function->bars[i].prefetchable = base & PCI_BASE_ADDRESS_MEM_PREFETCH;
	}
}

int pci_look(uint32_t address, struct pci_function *function)
{
	struct pci_access *access = pci_alloc();
	struct pci_dev *device;
	char path[128];
	int rc = -ENOENT;

	memset(function, 0, sizeof(*function));
	pci_address_format(function->address, address);
	snprintf(path, sizeof(path), DEVICES "%s", function->address);
	pci_init(access);
	/* pci_get_dev() makes an entry for any address: ask sysfs whether it is real. */
	if (!faccessat(AT_FDCWD, path, F_OK, 0)) {
		device = pci_get_dev(access, (int)(address >> 16), (int)(address >> 8 & 0xff),
				     (int)(address >> 3 & 0x1f), (int)(address & 7));
		pci_fill_info(device, PCI_FILL_IDENT | PCI_FILL_BASES | PCI_FILL_SIZES |
					      PCI_FILL_NUMA_NODE);
		if (!pci_lookup_name(access, function->name, sizeof(function->name),
				     PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE, device->vendor_id,
				     device->device_id))
			snprintf(function->name, sizeof(function->name), "%04x:%04x",
				 device->vendor_id, device->device_id);
		function->numa_node = device->numa_node;
		look_bars(device, function);
		look_driver(function);
		pci_free_dev(device);
		rc = 0;
	}
	pci_cleanup(access);
	return rc;
}

int pci_choose_bar(const struct pci_function *function)
{
	const struct pci_bar *bars = function->bars;
	int best = -1, i;

	for (i = 0; i < PCI_BARS; i++) {
		if (!bars[i].bytes)
			continue;
		if (best < 0 || (bars[i].prefetchable && !bars[best].prefetchable) ||
		    (bars[i].prefetchable == bars[best].prefetchable &&
		     bars[i].bytes > bars[best].bytes))
			best = i;
	}
	return best;
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

static int set_override(const struct pci_function *function, const char *driver)
{
	char path[128];

	snprintf(path, sizeof(path), DEVICES "%s/driver_override", function->address);
	return write_text(path, driver);
}

static int unbind(const struct pci_function *function)
{
	char path[128];
	int rc;

	snprintf(path, sizeof(path), DEVICES "%s/driver/unbind", function->address);
	rc = write_text(path, function->address);
	return rc == -ENOENT ? 0 : rc;
}

static int probe(const struct pci_function *function)
{
	return write_text("/sys/bus/pci/drivers_probe", function->address);
}

int pci_unbind(const struct pci_function *function)
{
	int rc = unbind(function), next;

	/* A line break alone clears the override. */
	next = set_override(function, "\n");
	if (!rc)
		rc = next;
	/* No driver wants it, or one does: both are as before. */
	probe(function);
	return rc;
}

int pci_bind(const struct pci_function *function)
{
	struct pci_function now = *function;
	int rc;

	if (!strcmp(function->driver, DRIVER))
		return 0;
	rc = set_override(function, DRIVER);
	if (rc)
		return rc;
	rc = unbind(function);
	if (!rc)
		rc = probe(function);
	look_driver(&now);
	if (!strcmp(now.driver, DRIVER))
		return 0;
	pci_unbind(function);
	return rc ? rc : -ENODEV;
}
