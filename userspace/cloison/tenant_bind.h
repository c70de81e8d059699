/* SPDX-License-Identifier: GPL-2.0-only */
/* cloison tenant bind */
#ifndef CLOISON_TENANT_BIND_H
#define CLOISON_TENANT_BIND_H

struct command;

int tenant_bind(struct command *command, int argc, char **argv);

#endif /* CLOISON_TENANT_BIND_H */
