// SPDX-License-Identifier: GPL-2.0-only
/* The kernel module: loading it by libkmod, and why it could not be. */
#include "module.h"

#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "command.h"

#define MODULE "cloison"
#define KERNEL_LINES 4

/* The kernel says why it refused a module only in its log. */
static void quote_kernel(void)
{
	char record[1024], lines[KERNEL_LINES][256] = { "" };
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	unsigned int seen = 0, i;
	ssize_t length;

	if (fd < 0)
		return;
	for (;;) {
		char *text;

		length = read(fd, record, sizeof(record) - 1);
		/* Records were overwritten meanwhile; the next read goes on. */
		if (length < 0 && errno == EPIPE)
			continue;
		if (length <= 0)
			break;
		record[length] = '\0';
		record[strcspn(record, "\n")] = '\0';
		text = strchr(record, ';');
		if (text && (strstr(text, MODULE) || strstr(text, "Lockdown")))
			snprintf(lines[seen++ % KERNEL_LINES], sizeof(lines[0]), "%.250s",
				 text + 1);
	}
	close(fd);
	for (i = seen > KERNEL_LINES ? seen - KERNEL_LINES : 0; i < seen; i++)
		advise("kernel: %s", lines[i % KERNEL_LINES]);
}

static int explain_missing(void)
{
	struct utsname kernel;

	uname(&kernel);
	fail(EXIT_NO_MODULE, "no module %s is installed for this kernel, %s", MODULE,
	     kernel.release);
	advise("see what was built: dkms status %s", MODULE);
	advise("build it: apt install linux-headers-%s && dkms autoinstall -k %s", kernel.release,
	       kernel.release);
	return EXIT_NO_MODULE;
}

static int explain(int error)
{
	switch (error) {
	case -ENOENT:
		return explain_missing();
	case -EPERM:
		if (geteuid() != 0)
			return fail(EXIT_DENIED, "only root may load the module");
		/* fall through */
	case -EKEYREJECTED:
	case -EBADMSG:
		fail(EXIT_NO_MODULE, "the kernel takes only modules signed by a key that it knows");
		quote_kernel();
		advise("enrol the key that DKMS signs with, then reboot and confirm:");
		advise("mokutil --import /var/lib/dkms/mok.pub");
		return EXIT_NO_MODULE;
	case -ENOEXEC:
	case -EINVAL:
		fail(EXIT_NO_MODULE,
		     "the module was built for another kernel, or refused this one");
		quote_kernel();
		advise("build it anew: dkms remove %s --all; dkms autoinstall", MODULE);
		return EXIT_NO_MODULE;
	}
	fail(EXIT_NO_MODULE, "the module cannot be loaded: %s", strerror(-error));
	quote_kernel();
	return EXIT_NO_MODULE;
}

int module_load(void)
{
	struct kmod_list *list = NULL;
	struct kmod_module *module;
	struct kmod_ctx *kmod;
	int rc;

	kmod = kmod_new(NULL, NULL);
	if (!kmod)
		return fail_errno(-ENOMEM, "modules");
	/* It prints its own errors by default; ours say what to do. */
	kmod_set_log_priority(kmod, 0);
	rc = kmod_module_new_from_lookup(kmod, MODULE, &list);
	if (!rc && !list)
		rc = -ENOENT;
	if (!rc) {
		module = kmod_module_get_module(list);
		rc = kmod_module_probe_insert_module(module, KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY,
						     NULL, NULL, NULL, NULL);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	kmod_unref(kmod);
	if (rc > 0)
		return fail(EXIT_NO_MODULE, "the module is on modprobe's blacklist");
	return rc ? explain(rc) : EXIT_OK;
}

static void loaded_version(char *text, size_t size)
{
	FILE *file = fopen("/sys/module/" MODULE "/version", "re");

	if (!file)
		return;
	if (fgets(text, (int)size, file))
		text[strcspn(text, "\n")] = '\0';
	fclose(file);
}

static void installed_version(char *text, size_t size)
{
	struct kmod_list *list = NULL, *info = NULL, *item;
	struct kmod_ctx *kmod = kmod_new(NULL, NULL);
	struct kmod_module *module;

	if (!kmod)
		return;
	kmod_set_log_priority(kmod, 0);
	if (!kmod_module_new_from_lookup(kmod, MODULE, &list) && list) {
		module = kmod_module_get_module(list);
		if (kmod_module_get_info(module, &info) >= 0) {
			kmod_list_foreach(item, info)
				if (!strcmp(kmod_module_info_get_key(item), "version"))
					snprintf(text, size, "%s",
						 kmod_module_info_get_value(item));
			kmod_module_info_free_list(info);
		}
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	kmod_unref(kmod);
}

void module_versions(char *loaded, char *installed, size_t size)
{
	snprintf(loaded, size, "not loaded");
	snprintf(installed, size, "not installed");
	loaded_version(loaded, size);
	installed_version(installed, size);
}
