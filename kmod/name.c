// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one rule for names. They become parts of paths in /dev, sysfs and bpffs,
 * and words in logs, so that nothing beyond the portable filename characters
 * may be in them; bpffs takes no dots.
 */
#include <linux/ctype.h>
#include <linux/string.h>

#include "cloison_private.h"

static bool name_char(u8 c, bool first, bool allow_dot)
{
	if (!isascii(c))
		return false;
	if (isalnum(c))
		return true;
	return !first && (c == '-' || c == '_' || (allow_dot && c == '.'));
}

/**
 * cloison_name_check - is this a name?
 * @name: the field as it came from userspace
 * @allow_dot: regions may have dots, as files of models do
 *
 * Return: 0 or -EINVAL.
 */
int cloison_name_check(const u8 name[CLOISON_NAME_SIZE], bool allow_dot)
{
	size_t length = strnlen((const char *)name, CLOISON_NAME_SIZE);
	size_t i;

	if (!length || length == CLOISON_NAME_SIZE)
		return -EINVAL;
	for (i = 0; i < length; i++)
		if (!name_char(name[i], i == 0, allow_dot))
			return -EINVAL;
	if (memchr_inv(name + length, 0, CLOISON_NAME_SIZE - length))
		return -EINVAL;
	return 0;
}
