// SPDX-License-Identifier: GPL-2.0-only
/* Names of the DNS, as rules have them. */
#include "policy.h"

#include <errno.h>
#include <string.h>

/* As RFC 1123 has names of hosts; in small letters, so that it is one name. */
int policy_dns_parse(const char *word, char name[CLOISON_TENANT_NAME_SIZE], struct problem *problem)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
	size_t length = strlen(word), label = 0, i;
	bool dotted = false, letter = false;

	/* Its end in the root is meant anyway. */
	if (length && word[length - 1] == '.')
		length--;
	if (!length || length >= CLOISON_TENANT_NAME_SIZE)
		goto wrong;
	for (i = 0; i < length; i++) {
		char c = word[i] >= 'A' && word[i] <= 'Z' ? word[i] - 'A' + 'a' : word[i];

		if (!c || !strchr(letters, c))
			goto wrong;
		if ((c == '-' || c == '.') && !label)
			goto wrong;
		if (c == '.' && word[i - 1] == '-')
			goto wrong;
		label = c == '.' ? 0 : label + 1;
		dotted |= c == '.';
		letter |= c >= 'a' && c <= 'z';
		name[i] = c;
	}
	/* One label would be looked for in the host's own domain, digits are an address. */
	if (!label || name[length - 1] == '-' || !dotted || !letter)
		goto wrong;
	name[length] = '\0';
	return 0;

wrong:
	name[0] = '\0';
	return problem_set(
		problem, -EINVAL,
		"'dns:%.80s' is not a whole name in the DNS: write dns:HOST.DOMAIN, up to "
		"%d letters, digits, '-', '_' and '.'; a pattern cannot be looked up",
		word, CLOISON_TENANT_NAME_SIZE - 1);
}
