/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel module: loading it, and why it could not be. */
#ifndef CLOISON_MODULE_H
#define CLOISON_MODULE_H

#include <stddef.h>

/* Load it. Returns EXIT_OK, or says why not and what to do. */
int module_load(void);

/* Versions, for people only: of the one that runs, and of the one on disk. */
void module_versions(char *loaded, char *installed, size_t size);

#endif /* CLOISON_MODULE_H */
