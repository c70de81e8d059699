// SPDX-License-Identifier: GPL-2.0-only
/* What maps look like, and values of one build as another has them; see guard_shape.h. */
#include "guard_shape.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <openssl/sha.h>

/* Structs in structs: more means that a type contains itself. */
#define DEPTH 16

static const struct btf_type *resolve(const struct btf *btf, uint32_t *type)
{
	const struct btf_type *of = btf__type_by_id(btf, *type);

	while (of && (btf_is_mod(of) || btf_is_typedef(of) || btf_is_type_tag(of))) {
		*type = of->type;
		of = btf__type_by_id(btf, *type);
	}
	return of;
}

/* ---- the shape as a text ------------------------------------------------- */

static int describe(const struct btf *btf, uint32_t type, FILE *out, int depth);

static int describe_members(const struct btf *btf, const struct btf_type *of, FILE *out, int depth)
{
	const struct btf_member *member = btf_members(of);
	int error = 0, i;

	fprintf(out, "%s %u{", btf_is_union(of) ? "union" : "struct", of->size);
	for (i = 0; i < btf_vlen(of) && !error; i++, member++) {
		fprintf(out, "%s@%u:%u ", btf__name_by_offset(btf, member->name_off),
			btf_member_bit_offset(of, i), btf_member_bitfield_size(of, i));
		error = describe(btf, member->type, out, depth);
	}
	fprintf(out, "}");
	return error;
}

static void describe_enumerators(const struct btf *btf, const struct btf_type *of, FILE *out)
{
	int i;

	fprintf(out, "enum %u(", of->size);
	for (i = 0; i < btf_vlen(of); i++) {
		if (btf_is_enum64(of))
			fprintf(out, "%s=%llu,",
				btf__name_by_offset(btf, btf_enum64(of)[i].name_off),
				(unsigned long long)btf_enum64_value(&btf_enum64(of)[i]));
		else
			fprintf(out, "%s=%d,", btf__name_by_offset(btf, btf_enum(of)[i].name_off),
				btf_enum(of)[i].val);
	}
	fprintf(out, ")");
}

static int describe(const struct btf *btf, uint32_t type, FILE *out, int depth)
{
	const struct btf_type *of = resolve(btf, &type);
	int error = 0;

	if (!of || depth == DEPTH)
		return -EINVAL;
	switch (btf_kind(of)) {
	case BTF_KIND_INT:
		fprintf(out, "int %u/%u", btf_int_bits(of), btf_int_encoding(of));
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		describe_enumerators(btf, of, out);
		break;
	case BTF_KIND_ARRAY:
		fprintf(out, "array %u ", btf_array(of)->nelems);
		error = describe(btf, btf_array(of)->type, out, depth + 1);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		error = describe_members(btf, of, out, depth + 1);
		break;
	default:
		error = -EINVAL;
	}
	fprintf(out, ";");
	return error;
}

static int describe_map(const struct bpf_map *map, const struct btf *btf, FILE *out)
{
	const struct bpf_map *inner = bpf_map__inner_map((struct bpf_map *)map);
	uint32_t key = bpf_map__btf_key_type_id(map), value = bpf_map__btf_value_type_id(map);
	int error = 0;

	fprintf(out, "map %u flags %x room %u bytes %u %u:", bpf_map__type(map),
		bpf_map__map_flags(map), bpf_map__max_entries(map), bpf_map__key_size(map),
		bpf_map__value_size(map));
	if (key)
		error = describe(btf, key, out, 0);
	if (!error && value)
		error = describe(btf, value, out, 0);
	/* How much room a tenant's own maps have is each tenant's. */
	return error || !inner ? error : describe_map(inner, btf, out);
}

int guard_shape(const struct bpf_map *map, const struct btf *btf, __u64 *shape)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	int error, i;

	if (!out)
		return -ENOMEM;
	error = describe_map(map, btf, out);
	if (fclose(out) && !error)
		error = -ENOMEM;
	if (!error) {
		SHA256((unsigned char *)text, length, digest);
		for (i = 0, *shape = 0; i < 8; i++)
			*shape = *shape << 8 | digest[i];
	}
	free(text);
	return error;
}

/* ---- one value as another -------------------------------------------------- */

/* Two types, and how deep in structs they are. */
struct pair {
	const struct btf *from, *to;
	const struct btf_type *from_of, *to_of;
	int depth;
};

static int convert(const struct pair *above, uint32_t from_type, const char *in, uint32_t to_type,
		   char *out);

static bool is_zero(const char *bytes, size_t size)
{
	while (size--)
		if (*bytes++)
			return false;
	return true;
}

static bool is_signed(const struct btf_type *of)
{
	return btf_is_int(of) ? btf_int_encoding(of) & BTF_INT_SIGNED : btf_kflag(of);
}

static int64_t number_read(const struct btf_type *of, const char *in)
{
	uint64_t value = 0;
	unsigned int bits = of->size * 8;

	memcpy(&value, in, of->size);
	if (is_signed(of) && bits < 64 && value >> (bits - 1))
		value |= ~0ULL << bits;
	return (int64_t)value;
}

static int number_write(const struct btf_type *of, bool is_negative, uint64_t value, char *out)
{
	memcpy(out, &value, of->size);
	/* What was cut off, or turned into a negative number, is seen when it is read back. */
	if ((uint64_t)number_read(of, out) != value || (is_negative && !is_signed(of)))
		return -ERANGE;
	return !is_negative && is_signed(of) && number_read(of, out) < 0 ? -ERANGE : 0;
}

static int convert_number(const struct pair *pair, const char *in, char *out)
{
	int64_t value;

	if (pair->from_of->size > sizeof(value) || pair->to_of->size > sizeof(value))
		return -EINVAL;
	value = number_read(pair->from_of, in);
	return number_write(pair->to_of, is_signed(pair->from_of) && value < 0, (uint64_t)value,
			    out);
}

static uint64_t enumerator_value(const struct btf_type *of, int i)
{
	return btf_is_enum64(of) ? btf_enum64_value(&btf_enum64(of)[i]) :
				   (uint64_t)(int64_t)btf_enum(of)[i].val;
}

static const char *enumerator_name(const struct btf *btf, const struct btf_type *of, int i)
{
	return btf__name_by_offset(btf, btf_is_enum64(of) ? btf_enum64(of)[i].name_off :
							    btf_enum(of)[i].name_off);
}

static uint64_t enum_mask(const struct btf_type *of)
{
	return of->size < 8 ? ~0ULL >> (64 - 8 * of->size) : ~0ULL;
}

/* By name: a build may give its reasons other numbers. */
static int convert_enum(const struct pair *pair, const char *in, char *out)
{
	uint64_t value = 0, found;
	int i, j;

	memcpy(&value, in, pair->from_of->size);
	for (i = 0; i < btf_vlen(pair->from_of); i++) {
		if ((enumerator_value(pair->from_of, i) & enum_mask(pair->from_of)) != value)
			continue;
		for (j = 0; j < btf_vlen(pair->to_of); j++) {
			if (strcmp(enumerator_name(pair->from, pair->from_of, i),
				   enumerator_name(pair->to, pair->to_of, j)))
				continue;
			found = enumerator_value(pair->to_of, j);
			memcpy(out, &found, pair->to_of->size);
			return 0;
		}
		return -ENOENT;
	}
	/* One without a name, as zero often is: a value never written. */
	if (value)
		return -ENOENT;
	memset(out, 0, pair->to_of->size);
	return 0;
}

/* All that fits is converted: what does not fit is told, and no reason to stop. */
static int worse(int error, int another)
{
	return error && error != -ERANGE ? error : another ? another : error;
}

static int convert_array(const struct pair *pair, const char *in, char *out)
{
	const struct btf_array *from = btf_array(pair->from_of), *to = btf_array(pair->to_of);
	int64_t from_size = btf__resolve_size(pair->from, from->type);
	int64_t to_size = btf__resolve_size(pair->to, to->type);
	uint32_t i, shared = from->nelems < to->nelems ? from->nelems : to->nelems;
	int error = 0;

	if (from_size < 0 || to_size < 0)
		return -EINVAL;
	for (i = 0; i < shared; i++)
		error = worse(error, convert(pair, from->type, in + i * from_size, to->type,
					     out + i * to_size));
	if (error)
		return error;
	return is_zero(in + shared * from_size, (from->nelems - shared) * from_size) ? 0 : -ERANGE;
}

static const struct btf_member *member_find(const struct btf *btf, const struct btf_type *of,
					    const char *name)
{
	const struct btf_member *member = btf_members(of);
	int i;

	for (i = 0; i < btf_vlen(of); i++, member++)
		if (!strcmp(btf__name_by_offset(btf, member->name_off), name))
			return member;
	return NULL;
}

/* The guard's structs have no bit-fields, so that each field is at a byte. */
static bool members_plain(const struct btf_type *of)
{
	int i;

	for (i = 0; i < btf_vlen(of); i++)
		if (btf_member_bitfield_size(of, i) || btf_member_bit_offset(of, i) % 8)
			return false;
	return true;
}

static int convert_struct(const struct pair *pair, const char *in, char *out)
{
	const struct btf_member *from = btf_members(pair->from_of), *to;
	int error = 0, i;

	if (!members_plain(pair->from_of) || !members_plain(pair->to_of))
		return -EINVAL;
	for (i = 0; i < btf_vlen(pair->from_of); i++, from++) {
		const char *field = in + btf_member_bit_offset(pair->from_of, i) / 8;
		int64_t size = btf__resolve_size(pair->from, from->type);

		to = member_find(pair->to, pair->to_of,
				 btf__name_by_offset(pair->from, from->name_off));
		if (to)
			error = worse(error, convert(pair, from->type, field, to->type,
						     out + btf_member_bit_offset(
								   pair->to_of,
								   to - btf_members(pair->to_of)) /
								     8));
		else if (size < 0 || !is_zero(field, size))
			error = worse(error, size < 0 ? -EINVAL : -ERANGE);
	}
	return error;
}

static int convert(const struct pair *above, uint32_t from_type, const char *in, uint32_t to_type,
		   char *out)
{
	struct pair pair = { above->from, above->to, resolve(above->from, &from_type),
			     resolve(above->to, &to_type), above->depth + 1 };

	if (!pair.from_of || !pair.to_of || pair.depth == DEPTH)
		return -EINVAL;
	if (btf_is_int(pair.from_of) && btf_is_int(pair.to_of))
		return convert_number(&pair, in, out);
	if (btf_is_any_enum(pair.from_of) && btf_is_any_enum(pair.to_of))
		return convert_enum(&pair, in, out);
	if (btf_is_array(pair.from_of) && btf_is_array(pair.to_of))
		return convert_array(&pair, in, out);
	if (btf_is_struct(pair.from_of) && btf_is_struct(pair.to_of))
		return convert_struct(&pair, in, out);
	return -EINVAL;
}

int guard_convert(const struct btf *from, uint32_t from_type, const void *in, const struct btf *to,
		  uint32_t to_type, void *out)
{
	const struct pair top = { .from = from, .to = to };
	int64_t size = btf__resolve_size(to, to_type);

	if (size < 0)
		return -EINVAL;
	memset(out, 0, size);
	return convert(&top, from_type, in, to_type, out);
}
