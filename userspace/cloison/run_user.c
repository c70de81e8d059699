// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whom a command runs as. Without --user it is root of a user namespace, whose ids
 * are a range that the tenant alone has: on the host these are the ids of nobody.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "run.h"

/*
 * Where the ranges lie. No distribution gives out ids above 0x70000000; systemd has
 * a use for those from 0x7ffe0000 on.
 */
#define FIRST_ID 0x70000000U
#define RANGES (0xffeU)

#define TENANTS "/sys/class/cloison_tenant"

/*
 * What is left to root inside, over what is the tenant's own. A user namespace that
 * it makes gives it others, over that namespace alone.
 */
static const int kept_capabilities[] = {
	CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_FOWNER,	    CAP_FSETID,	    CAP_KILL,
	CAP_SETGID, CAP_SETUID,	      CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT,
};

/* ---- the host's users --------------------------------------------------------- */

static int user_fill(struct run_user *user, const struct passwd *entry)
{
	int count = RUN_GROUPS;

	user->uid = entry->pw_uid;
	user->gid = entry->pw_gid;
	snprintf(user->name, sizeof(user->name), "%s", entry->pw_name);
	snprintf(user->home, sizeof(user->home), "%s", entry->pw_dir);
	snprintf(user->shell, sizeof(user->shell), "%s",
		 entry->pw_shell[0] ? entry->pw_shell : "/bin/sh");
	if (getgrouplist(entry->pw_name, entry->pw_gid, user->groups, &count) < 0) {
		fail(EXIT_FAILED, "user %s is in %d groups, and %d is the most", user->name, count,
		     RUN_GROUPS);
		return RUN_FAILED;
	}
	user->group_count = count;
	return 0;
}

int run_user_parse(const char *text, struct run_user *user)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);
	bool is_number = *text >= '0' && *text <= '9' && !*end && number < UINT32_MAX;
	struct passwd *entry = getpwnam(text);

	if (!entry && is_number)
		entry = getpwuid((uid_t)number);
	if (!entry && !is_number) {
		fail(EXIT_NOT_FOUND, "there is no user \"%s\"", text);
		return RUN_FAILED;
	}
	user->given = true;
	if (entry) {
		if (user_fill(user, entry))
			return RUN_FAILED;
	} else {
		user->uid = (uid_t)number;
		user->gid = (gid_t)number;
		snprintf(user->name, sizeof(user->name), "%lu", number);
		strcpy(user->home, "/");
		strcpy(user->shell, "/bin/sh");
	}
	if (user->uid)
		return 0;
	/* Without any capability it still owns the host's files and its settings. */
	fail(EXIT_USAGE, "--user %s: that is root of the host", text);
	advise("leave --user out: the command is root of the tenant's own user namespace");
	return RUN_FAILED;
}

/* ---- the tenant's range --------------------------------------------------------- */

static int tenant_number(const char *tenant, uint32_t *number)
{
	char path[512];
	FILE *file;
	int read;

	snprintf(path, sizeof(path), TENANTS "/%s/number", tenant);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	read = fscanf(file, "%u", number);
	fclose(file);
	return read == 1 ? 0 : -EINVAL;
}

/* Another tenant whose number gives the same range; tenants come and go meanwhile. */
static bool range_shared(const char *tenant, uint32_t number)
{
	DIR *directory = opendir(TENANTS);
	struct dirent *entry;
	bool shared = !directory;
	uint32_t other;

	while (directory && !shared && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, tenant))
			continue;
		if (tenant_number(entry->d_name, &other) || other % RANGES != number % RANGES)
			continue;
		fail(EXIT_IN_USE, "tenant %s has the same range of user ids as tenant %s",
		     entry->d_name, tenant);
		advise("a number is given when a tenant is made: remove one of them, then "
		       "cloison tenant add %s --id NUMBER, with another",
		       tenant);
		shared = true;
	}
	if (directory)
		closedir(directory);
	return shared;
}

/* Ids that a file such as /etc/subuid gives to a user of the host. */
static bool range_delegated(const char *path, uid_t first)
{
	FILE *file = fopen(path, "re");
	char line[512];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		const char *start = strchr(line, ':');
		unsigned long from, count;

		if (!start || sscanf(start, ":%lu:%lu", &from, &count) != 2)
			continue;
		if (from >= first + RUN_IDS || from + count <= first)
			continue;
		line[strcspn(line, ":")] = '\0';
		fail(EXIT_IN_USE, "%s gives ids of %u to %u to %s: these are the tenant's", path,
		     first, first + RUN_IDS - 1, line);
		found = true;
	}
	if (file)
		fclose(file);
	return found;
}

static bool range_has_user(uid_t first)
{
	struct passwd *entry;
	bool found = false;

	setpwent();
	while (!found && (entry = getpwent())) {
		found = entry->pw_uid >= first && entry->pw_uid < first + RUN_IDS;
		if (found)
			fail(EXIT_IN_USE, "user %s has the id %u, which is the tenant's",
			     entry->pw_name, entry->pw_uid);
	}
	endpwent();
	return found;
}

int run_user_range(const char *tenant, struct run_user *user)
{
	uint32_t number;
	int rc = tenant_number(tenant, &number);

	if (rc) {
		fail_errno(rc, "number of tenant %s", tenant);
		return RUN_FAILED;
	}
	user->uid = FIRST_ID + number % RANGES * RUN_IDS;
	user->gid = user->uid;
	strcpy(user->name, "root");
	strcpy(user->home, "/root");
	strcpy(user->shell, "/bin/sh");
	if (range_shared(tenant, number) || range_delegated("/etc/subuid", user->uid) ||
	    range_delegated("/etc/subgid", user->uid) || range_has_user(user->uid))
		return RUN_FAILED;
	return 0;
}

uid_t run_user_shift(const struct run_user *user, uid_t id)
{
	return user->given || id >= RUN_IDS ? id : user->uid + id;
}

static int write_map(pid_t pid, const char *name, uid_t first)
{
	char path[64], text[64];
	int length = snprintf(text, sizeof(text), "0 %u %u\n", first, RUN_IDS);
	int fd, rc = 0;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, (size_t)length) != length) {
		fail(EXIT_FAILED, "%s: %s", path, strerror(errno));
		rc = RUN_FAILED;
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

int run_user_map(pid_t pid, const struct run_user *user)
{
	int rc = write_map(pid, "uid_map", user->uid);

	return rc ? rc : write_map(pid, "gid_map", user->gid);
}

int run_user_namespace(const struct run_user *user)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	char path[64];
	int fd = -1;

	/* It lives for its namespace only, until that has a descriptor. */
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (pid < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	if (!run_user_map(pid, user))
		fd = open(path, O_RDONLY | O_CLOEXEC);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return fd;
}

/* ---- rights ------------------------------------------------------------------------ */

static uint64_t kept_mask(const struct run_user *user)
{
	uint64_t mask = 0;
	size_t i;

	if (!user->mapped)
		return 0;
	for (i = 0; i < sizeof(kept_capabilities) / sizeof(kept_capabilities[0]); i++)
		mask |= 1ULL << kept_capabilities[i];
	return mask;
}

static int limit_bounding(uint64_t kept)
{
	int number;

	/* Until the kernel knows no such capability. */
	for (number = 0; prctl(PR_CAPBSET_READ, number) >= 0; number++)
		if (!(kept & 1ULL << number) && prctl(PR_CAPBSET_DROP, number))
			return -errno;
	return 0;
}

static int limit_own(uint64_t kept)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	int i;

	if (syscall(SYS_capget, &header, data))
		return -errno;
	for (i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(kept >> 32 * i);
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return -errno;
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

/* In the user namespace the host's ids have other names: root's is 0. */
int run_user_become(const struct run_user *user)
{
	uid_t uid = user->mapped ? 0 : user->uid;
	gid_t gid = user->mapped ? 0 : user->gid;

	if (setgroups((size_t)user->group_count, user->groups) || setresgid(gid, gid, gid) ||
	    setresuid(uid, uid, uid))
		return -errno;
	return 0;
}

int run_rights_drop(const struct run_user *user)
{
	uint64_t kept = kept_mask(user);
	int error = limit_bounding(kept);

	if (!error && !user->mapped)
		error = run_user_become(user);
	if (!error)
		error = limit_own(kept);
	if (!error && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		error = -errno;
	return error;
}
