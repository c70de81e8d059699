/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the keys and values of a map look like, told from BTF, so that a guard of
 * another build reads no map by the wrong layout: a map of the same shape is used
 * on, the entries of another are converted field by field.
 *
 * The shape is the map's type, flags and room, and of key and value each field's
 * name, place, size and enumerators. Two maps of one shape may still differ in
 * what a number means; for that a map's declaration has no place, see
 * guard_record.h.
 */
#ifndef CLOISON_GUARD_SHAPE_H
#define CLOISON_GUARD_SHAPE_H

#include <stdint.h>

#include <bpf/btf.h>

struct bpf_map;

/**
 * struct guard_layout - the types of a map's keys and values.
 * @btf: where they are
 * @key: its type there, 0 if BTF does not tell
 * @value: likewise
 * @key_size: bytes
 * @value_size: bytes
 */
struct guard_layout {
	const struct btf *btf;
	uint32_t key, value;
	uint32_t key_size, value_size;
};

/**
 * guard_shape() - the shape of a map of an object, as one number.
 * @map: of an object that is open; it need not be loaded
 * @btf: that of its object
 * @shape: the result; for a map of maps it covers the inner map too
 *
 * Return: 0, -ENOMEM, or -EINVAL for a kind of type that no map of the guard has.
 */
int guard_shape(const struct bpf_map *map, const struct btf *btf, __u64 *shape);

/**
 * guard_convert() - a value of one build's type as another build has it.
 * @from: BTF of the value
 * @from_type: its type there
 * @in: the value
 * @to: BTF of the result
 * @to_type: its type there
 * @out: the result
 *
 * Fields go by name, enumerators too. A field that the value has not is zero; one
 * that the result has not is dropped only if it is zero.
 *
 * Return: 0; -ERANGE if a number, an array or a field does not fit; -ENOENT for an
 * enumerator that the result's type lacks; -EINVAL if a field is of another kind.
 */
int guard_convert(const struct btf *from, uint32_t from_type, const void *in, const struct btf *to,
		  uint32_t to_type, void *out);

#endif /* CLOISON_GUARD_SHAPE_H */
