/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI addresses, as people type them and as the UAPI packs them. */
#ifndef CLOISON_PCI_ADDRESS_H
#define CLOISON_PCI_ADDRESS_H

#include <stdint.h>

/* Room for "ffff:ff:1f.7". */
#define PCI_ADDRESS_TEXT 16

/*
 * Read "0000:00:04.0" or "00:04.0" into segment << 16 | bus << 8 |
 * device << 3 | function. Returns 0 or -EINVAL.
 */
int pci_address_parse(const char *text, uint32_t *address);

/* The long form, which sysfs uses. */
const char *pci_address_format(char text[PCI_ADDRESS_TEXT], uint32_t address);

#endif /* CLOISON_PCI_ADDRESS_H */
