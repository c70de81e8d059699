/* SPDX-License-Identifier: GPL-2.0-only */
/* The devices that are open to each task below a pen. */
#ifndef CLOISON_DEVICE_HARMLESS_H
#define CLOISON_DEVICE_HARMLESS_H

#include <linux/types.h>

#include <bpf/bpf_helpers.h>
#include <stdbool.h>

#define MAJOR_MEMORY 1
#define MAJOR_TERMINAL 5
#define MAJOR_MISC 10
#define MAJOR_PTS_FIRST 136
#define MAJOR_PTS_LAST 143

/* What each program expects to be there, and none of it leads to hardware. */
static __always_inline bool device_harmless(__u32 major, __u32 minor)
{
	switch (major) {
	case MAJOR_MEMORY:
		/* null, zero, full, random, urandom */
		return minor == 3 || minor == 5 || minor == 7 || minor == 8 || minor == 9;
	case MAJOR_TERMINAL:
		/* One's own terminal, and ptmx. */
		return minor == 0 || minor == 2;
	case MAJOR_MISC:
		/* net/tun (see TUNSETIFF), fuse */
		return minor == 200 || minor == 229;
	default:
		return major >= MAJOR_PTS_FIRST && major <= MAJOR_PTS_LAST;
	}
}

#endif /* CLOISON_DEVICE_HARMLESS_H */
