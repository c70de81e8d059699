// SPDX-License-Identifier: GPL-2.0-only
/* cgroup v2 directories: where they are, who is in them, and joining one. */
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define CGROUP2_MAGIC 0x63677270

/* A part of a line of mountinfo, where a space is \040 and so on; in place. */
static void unescape(char *text)
{
	char *to = text;
	unsigned int code;

	for (; *text; text++) {
		if (text[0] == '\\' && sscanf(text + 1, "%3o", &code) == 1) {
			*to++ = (char)code;
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* Another file system may be mounted over it since. */
static bool shows_cgroup2(const char *directory)
{
	struct statfs fs;

	return !statfs(directory, &fs) && fs.f_type == CGROUP2_MAGIC;
}

/* The mount point in a line of mountinfo, if it is the whole of cgroup2, or NULL. */
static char *mounted_whole(char *line)
{
	char *root = NULL, *point = NULL, *field, *rest = line, *type = strstr(line, " - ");
	int number;

	if (!type || strncmp(type + 3, "cgroup2 ", 8))
		return NULL;
	for (number = 0; number < 5 && (field = strsep(&rest, " ")); number++) {
		if (number == 3)
			root = field;
		if (number == 4)
			point = field;
	}
	if (!point || strcmp(root, "/"))
		return NULL;
	unescape(point);
	return shows_cgroup2(point) ? point : NULL;
}

int cgroup_mount(char **out)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *point = NULL;
	size_t room = 0;
	int rc = -ENOENT;

	if (!mounts)
		return -errno;
	while (!point && getline(&line, &room, mounts) > 0)
		point = mounted_whole(line);
	if (point) {
		*out = strdup(point);
		rc = *out ? 0 : -ENOMEM;
	}
	free(line);
	fclose(mounts);
	return rc;
}

/* A path that climbs would make "below the mount" mean nothing. */
static bool climbs(const char *path)
{
	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 2 && !strncmp(path, "..", 2))
			return true;
		path += length;
		path += strspn(path, "/");
	}
	return false;
}

int cgroup_resolve(const char *mount, const char *path, char **out)
{
	size_t length = strlen(mount);
	const char *below = path;
	char *result;

	if (climbs(path))
		return -EINVAL;
	if (path[0] == '/') {
		if (strncmp(path, mount, length) || path[length] != '/')
			return -EINVAL;
		below = path + length;
	}
	below += strspn(below, "/");
	if (!*below || asprintf(&result, "%s/%s", mount, below) < 0)
		return *below ? -ENOMEM : -EINVAL;
	length = strlen(result);
	while (result[length - 1] == '/')
		result[--length] = '\0';
	*out = result;
	return 0;
}

int cgroup_make(const char *directory, bool *made)
{
	char *copy = strdup(directory), *slash;
	int rc = 0;

	if (!copy)
		return -ENOMEM;
	for (slash = strchr(copy + 1, '/'); slash && !rc; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0755) && errno != EEXIST)
			rc = -errno;
		*slash = '/';
	}
	free(copy);
	if (rc)
		return rc;
	*made = !mkdir(directory, 0755);
	return *made || errno == EEXIST ? 0 : -errno;
}

static FILE *open_file(const char *directory, const char *name, const char *mode)
{
	char *path;
	FILE *file;

	if (asprintf(&path, "%s/%s", directory, name) < 0)
		return NULL;
	file = fopen(path, mode);
	free(path);
	return file;
}

int cgroup_populated(const char *directory)
{
	FILE *events = open_file(directory, "cgroup.events", "re");
	char line[64];
	int populated = -EINVAL;

	if (!events)
		return -errno;
	while (fgets(line, sizeof(line), events))
		if (sscanf(line, "populated %d", &populated) == 1)
			break;
	fclose(events);
	return populated;
}

static int each_here(const char *directory, int (*fn)(pid_t pid, void *data), void *data)
{
	FILE *processes = open_file(directory, "cgroup.procs", "re");
	int pid, rc = 0;

	if (!processes)
		return -errno;
	while (!rc && fscanf(processes, "%d", &pid) == 1)
		rc = fn(pid, data);
	fclose(processes);
	return rc;
}

int cgroup_for_each_process(const char *directory, int (*fn)(pid_t pid, void *data), void *data)
{
	int rc = each_here(directory, fn, data);
	struct dirent *entry;
	char *path;
	DIR *dir;

	if (rc)
		return rc;
	dir = opendir(directory);
	if (!dir)
		return -errno;
	while (!rc && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (asprintf(&path, "%s/%s", directory, entry->d_name) < 0) {
			rc = -ENOMEM;
			break;
		}
		rc = cgroup_for_each_process(path, fn, data);
		free(path);
		/* It may have been removed since it was listed. */
		if (rc == -ENOENT || rc == -ENODEV)
			rc = 0;
	}
	closedir(dir);
	return rc;
}
