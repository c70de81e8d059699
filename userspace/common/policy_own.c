// SPDX-License-Identifier: GPL-2.0-only
/* What is a tenant's own: its addresses, and the labels that others may name. */
#include "policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Lists grow by so many at a time. */
#define OWN_STEP 16

static bool bits_are_equal(const uint8_t *a, const uint8_t *b, uint32_t bits)
{
	uint32_t whole = bits / 8, rest = bits % 8;

	return !memcmp(a, b, whole) && (!rest || !((a[whole] ^ b[whole]) >> (8 - rest)));
}

bool policy_own_overlaps(const struct cloison_own *a, const struct cloison_own *b)
{
	uint32_t bits = a->prefix < b->prefix ? policy_own_bits(a) : policy_own_bits(b);

	return a->family == b->family && bits_are_equal(a->address, b->address, bits);
}

int policy_own_add(struct policy *policy, const struct cloison_own *own)
{
	struct cloison_own *grown;
	size_t i;

	for (i = 0; i < policy->address_count; i++)
		if (!memcmp(&policy->addresses[i], own, sizeof(*own)))
			return -EEXIST;
	if (policy->address_count % OWN_STEP == 0) {
		grown = reallocarray(policy->addresses, policy->address_count + OWN_STEP,
				     sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		policy->addresses = grown;
	}
	policy->addresses[policy->address_count++] = *own;
	return 0;
}

static bool labels_clash(const struct cloison_rule *a, const struct cloison_rule *b)
{
	if (a->peers != b->peers)
		return false;
	if (a->peers == CLOISON_LABEL_GROUP)
		return !strcmp(a->tenant, b->tenant);
	return a->protocol == b->protocol && !strcmp(a->port_name, b->port_name);
}

int policy_label_add(struct policy *policy, const struct cloison_rule *label)
{
	struct cloison_rule *grown;
	size_t i;

	for (i = 0; i < policy->label_count; i++)
		if (labels_clash(&policy->labels[i], label))
			return -EEXIST;
	if (policy->label_count % OWN_STEP == 0) {
		grown = reallocarray(policy->labels, policy->label_count + OWN_STEP,
				     sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		policy->labels = grown;
	}
	policy->labels[policy->label_count++] = *label;
	return 0;
}

void policy_labels_drop(struct policy *policy, enum cloison_peers kind)
{
	size_t kept = 0, i;

	for (i = 0; i < policy->label_count; i++)
		if (policy->labels[i].peers != kind)
			policy->labels[kept++] = policy->labels[i];
	/* Adding counts on room up to the next step, which is there. */
	policy->label_count = kept;
}

const struct cloison_rule *policy_port_find(const struct policy *policy, const char *name,
					    enum cloison_protocol protocol)
{
	size_t i;

	for (i = 0; i < policy->label_count; i++) {
		const struct cloison_rule *label = &policy->labels[i];

		if (label->peers == CLOISON_LABEL_PORT && label->protocol == protocol &&
		    !strcmp(label->port_name, name))
			return label;
	}
	return NULL;
}

bool policy_in_group(const struct policy *policy, const char *name)
{
	size_t i;

	for (i = 0; i < policy->label_count; i++)
		if (policy->labels[i].peers == CLOISON_LABEL_GROUP &&
		    !strcmp(policy->labels[i].tenant, name))
			return true;
	return false;
}

int policy_own_copy(struct policy *to, const struct policy *from)
{
	size_t i;

	for (i = 0; i < from->address_count; i++)
		if (policy_own_add(to, &from->addresses[i]) == -ENOMEM)
			return -ENOMEM;
	for (i = 0; i < from->label_count; i++)
		if (policy_label_add(to, &from->labels[i]) == -ENOMEM)
			return -ENOMEM;
	return 0;
}

static bool has_address(const struct policy *policy, const struct cloison_own *own)
{
	size_t i;

	for (i = 0; i < policy->address_count; i++)
		if (!memcmp(&policy->addresses[i], own, sizeof(*own)))
			return true;
	return false;
}

static bool has_label(const struct policy *policy, const struct cloison_rule *label)
{
	size_t i;

	for (i = 0; i < policy->label_count; i++)
		if (labels_clash(&policy->labels[i], label) &&
		    policy->labels[i].first_port == label->first_port &&
		    policy->labels[i].last_port == label->last_port)
			return true;
	return false;
}

bool policy_own_differs(const struct policy *a, const struct policy *b)
{
	size_t i;

	if (a->address_count != b->address_count || a->label_count != b->label_count)
		return true;
	for (i = 0; i < a->address_count; i++)
		if (!has_address(b, &a->addresses[i]))
			return true;
	for (i = 0; i < a->label_count; i++)
		if (!has_label(b, &a->labels[i]))
			return true;
	return false;
}

bool policy_has_names(const struct policy *policy)
{
	size_t i;

	for (i = 0; i < policy->count; i++)
		if (policy->rules[i].peers != CLOISON_PEERS_PREFIX || policy->rules[i].port_name[0])
			return true;
	return false;
}
