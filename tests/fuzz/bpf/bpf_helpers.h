/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands in for libbpf's header when the guard's parser is compiled for the
 * host: the few helpers that it calls, with the kernel's own refusals.
 */
#ifndef CLOISON_FUZZ_BPF_HELPERS_H
#define CLOISON_FUZZ_BPF_HELPERS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <linux/bpf.h>
#include <linux/types.h>

#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))

/* The packet that an __sk_buff stands for: exactly its bytes, so that a sanitizer sees past them. */
extern const unsigned char *fuzz_bytes;

static inline long bpf_skb_load_bytes(const void *skb, __u32 offset, void *to, __u32 length)
{
	const struct __sk_buff *buffer = skb;

	if (!length || offset > 0xFFFFFF || offset + length > buffer->len) {
		memset(to, 0, length);
		return -14;
	}
	memcpy(to, fuzz_bytes + offset, length);
	return 0;
}

/* How much of it is in the first piece. */
extern __u32 fuzz_near;

typedef __u32 __attribute__((may_alias, aligned(1))) header_word;

#define packet_near packet_near
static inline const void *packet_near(const void *skb, __u32 offset, __u32 length)
{
	(void)skb;
	return offset + length <= fuzz_near ? fuzz_bytes + offset : NULL;
}

/* The caller's memory is exactly as long as what may be read. */
static inline long bpf_probe_read_kernel(void *to, __u32 size, const void *from)
{
	memcpy(to, from, size);
	return 0;
}

static inline long bpf_loop(__u32 count, int (*step)(__u32, void *), void *context, __u64 flags)
{
	__u32 i;

	(void)flags;
	for (i = 0; i < count; i++)
		if (step(i, context))
			return i + 1;
	return i;
}

#endif /* CLOISON_FUZZ_BPF_HELPERS_H */
