// SPDX-License-Identifier: GPL-2.0-only
/* PCI addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "pci_address.h"

static void good(const char *text, uint32_t expected, const char *formatted)
{
	char again[PCI_ADDRESS_TEXT];
	uint32_t address = 0;

	assert_int_equal(pci_address_parse(text, &address), 0);
	assert_int_equal(address, expected);
	assert_string_equal(pci_address_format(again, address), formatted);
}

static void addresses_are_read(void **state)
{
	(void)state;
	good("0000:00:04.0", 4 << 3, "0000:00:04.0");
	good("00:04.0", 4 << 3, "0000:00:04.0");
	good("ABCD:ef:1f.7", 0xabcdU << 16 | 0xef << 8 | 0x1f << 3 | 7, "abcd:ef:1f.7");
	good("ffff:ff:1f.7", 0xffffffff, "ffff:ff:1f.7");
}

static void junk_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"0000:00:04",
		"0000:00:04.",
		"0000:00:04.8",
		"0000:00:20.0",
		"0000:00:04.0 ",
		" 0000:00:04.0",
		"00000:00:04.0",
		"000:00:04.0",
		"0000:0:04.0",
		"0000:00:4.0",
		"00:04.00",
		"0000:00:04:0",
		"0000.00.04.0",
		"zz:04.0",
		"0000:00:04.-",
		"10000:00:04.0",
	};
	uint32_t address = 42;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(pci_address_parse(texts[i], &address), -EINVAL);
	assert_int_equal(address, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(junk_is_refused),
	};

	return cmocka_run_group_tests_name("pci_address", tests, NULL, NULL);
}
