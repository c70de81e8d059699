/* SPDX-License-Identifier: GPL-2.0-only */
/* A PCI function: what it is, and binding it to the driver "cloison". */
#ifndef CLOISON_PCI_BIND_H
#define CLOISON_PCI_BIND_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/pci_address.h"

#define PCI_BARS 6
#define PCI_TEXT 128

struct pci_bar {
	uint64_t start;
	uint64_t bytes; /* 0: there is no such memory BAR */
	bool prefetchable;
};

struct pci_function {
	char address[PCI_ADDRESS_TEXT];
	char name[PCI_TEXT];   /* vendor and device, in words */
	char driver[PCI_TEXT]; /* empty: bound to none */
	int numa_node;
	struct pci_bar bars[PCI_BARS];
};

/* Look the function up by libpci. Returns 0 or -ENOENT. */
int pci_look(uint32_t address, struct pci_function *function);

/*
 * The BAR to take if the admin names none: the largest prefetchable one, as
 * accelerators map their memory there; else the largest. -1 if there is none.
 */
int pci_choose_bar(const struct pci_function *function);

/*
 * Bind to the driver "cloison", away from any other. On failure what was
 * changed is changed back. Returns 0 or -errno.
 */
int pci_bind(const struct pci_function *function);

/* Unbind, and let the kernel choose a driver again. Returns 0 or -errno. */
int pci_unbind(const struct pci_function *function);

#endif /* CLOISON_PCI_BIND_H */
