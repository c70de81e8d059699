// SPDX-License-Identifier: GPL-2.0-only
/* PCI addresses, as people type them and as the UAPI packs them. */
#include "pci_address.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

/* Read exactly `digits` hexadecimal digits and the character behind them. */
static int field(const char **text, int digits, char end, uint32_t max, uint32_t *value)
{
	uint32_t result = 0;
	int i;

	for (i = 0; i < digits; i++) {
		int c = tolower((unsigned char)(*text)[i]);

		if (!isxdigit(c))
			return -EINVAL;
		result = result << 4 | (uint32_t)(isdigit(c) ? c - '0' : c - 'a' + 10);
	}
	if ((*text)[digits] != end || result > max)
		return -EINVAL;
	*text += digits + (end != '\0');
	*value = result;
	return 0;
}

int pci_address_parse(const char *text, uint32_t *address)
{
	uint32_t segment = 0, bus, device, function;
	const char *rest = text;

	if (field(&rest, 4, ':', 0xffff, &segment))
		rest = text;
	if (field(&rest, 2, ':', 0xff, &bus) || field(&rest, 2, '.', 0x1f, &device) ||
	    field(&rest, 1, '\0', 7, &function))
		return -EINVAL;
	*address = segment << 16 | bus << 8 | device << 3 | function;
	return 0;
}

const char *pci_address_format(char text[PCI_ADDRESS_TEXT], uint32_t address)
{
	snprintf(text, PCI_ADDRESS_TEXT, "%04x:%02x:%02x.%x", address >> 16, address >> 8 & 0xff,
		 address >> 3 & 0x1f, address & 7);
	return text;
}
