/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * So much of the kernel's rbtree as kmod/span.c needs to run in a unit test:
 * the same calls and the same augment callbacks, over a treap, whose balance
 * comes from random priorities.
 */
#ifndef TESTS_UNIT_RBTREE_AUGMENTED_H
#define TESTS_UNIT_RBTREE_AUGMENTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t u32;
typedef uint64_t u64;
#define U32_MAX UINT32_MAX

struct rb_node {
	struct rb_node *rb_parent, *rb_left, *rb_right;
	uint32_t priority;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct rb_augment_callbacks {
	void (*propagate)(struct rb_node *node, struct rb_node *stop);
	void (*rotate)(struct rb_node *old, struct rb_node *new);
};

#define RB_ROOT          \
	(struct rb_root) \
	{                \
		NULL     \
	}
#define rb_entry(_node, _type, _member) ((_type *)((char *)(_node) - offsetof(_type, _member)))

#define RB_DECLARE_CALLBACKS(_static, _name, _struct, _field, _augmented, _compute)         \
	static void _name##_propagate(struct rb_node *node, struct rb_node *stop)           \
	{                                                                                   \
		while (node != stop && !_compute(rb_entry(node, _struct, _field), true))    \
			node = node->rb_parent;                                             \
	}                                                                                   \
	static void _name##_rotate(struct rb_node *old, struct rb_node *new)                \
	{                                                                                   \
		rb_entry(new, _struct, _field)->_augmented =                                \
			rb_entry(old, _struct, _field)->_augmented;                         \
		_compute(rb_entry(old, _struct, _field), false);                            \
	}                                                                                   \
	_static const struct rb_augment_callbacks _name = { .propagate = _name##_propagate, \
							    .rotate = _name##_rotate }

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **link)
{
	static uint32_t random = 2463534242;

	random ^= random << 13;
	random ^= random >> 17;
	random ^= random << 5;
	*node = (struct rb_node){ .rb_parent = parent, .priority = random };
	*link = node;
}

/* The link that points to a node. */
static inline struct rb_node **rb_link_to(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *parent = node->rb_parent;

	if (!parent)
		return &root->rb_node;
	return parent->rb_left == node ? &parent->rb_left : &parent->rb_right;
}

/* A node and its child change places; the order stays. */
static inline void rb_rotate(struct rb_node *node, struct rb_node *child, struct rb_root *root,
			     const struct rb_augment_callbacks *augment)
{
	struct rb_node *moved;

	*rb_link_to(node, root) = child;
	child->rb_parent = node->rb_parent;
	node->rb_parent = child;
	if (child == node->rb_left) {
		moved = child->rb_right;
		node->rb_left = moved;
		child->rb_right = node;
	} else {
		moved = child->rb_left;
		node->rb_right = moved;
		child->rb_left = node;
	}
	if (moved)
		moved->rb_parent = node;
	if (augment)
		augment->rotate(node, child);
}

static inline void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
				       const struct rb_augment_callbacks *augment)
{
	while (node->rb_parent && node->rb_parent->priority < node->priority)
		rb_rotate(node->rb_parent, node, root, augment);
}

static inline void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	rb_insert_augmented(node, root, NULL);
}

static inline void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
				      const struct rb_augment_callbacks *augment)
{
	while (node->rb_left || node->rb_right) {
		struct rb_node *left = node->rb_left, *right = node->rb_right;

		rb_rotate(node, !right || (left && left->priority > right->priority) ? left : right,
			  root, augment);
	}
	*rb_link_to(node, root) = NULL;
	if (augment)
		augment->propagate(node->rb_parent, NULL);
}

static inline void rb_erase(struct rb_node *node, struct rb_root *root)
{
	rb_erase_augmented(node, root, NULL);
}

static inline struct rb_node *rb_last(const struct rb_root *root)
{
	struct rb_node *node = root->rb_node;

	while (node && node->rb_right)
		node = node->rb_right;
	return node;
}

static inline struct rb_node *rb_next(const struct rb_node *at)
{
	struct rb_node *node = at->rb_right;

	if (node) {
		while (node->rb_left)
			node = node->rb_left;
		return node;
	}
	while (at->rb_parent && at == at->rb_parent->rb_right)
		at = at->rb_parent;
	return at->rb_parent;
}

static inline struct rb_node *rb_prev(const struct rb_node *at)
{
	struct rb_node *node = at->rb_left;

	if (node) {
		while (node->rb_right)
			node = node->rb_right;
		return node;
	}
	while (at->rb_parent && at == at->rb_parent->rb_left)
		at = at->rb_parent;
	return at->rb_parent;
}

#endif /* TESTS_UNIT_RBTREE_AUGMENTED_H */
