// SPDX-License-Identifier: GPL-2.0-only
/* cloison region load: copy a file into a region, from inside its tenant. */
#include "region_load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../common/output.h"
#include "../common/size.h"
#include "inside.h"

/* Large enough that the calls cost nothing beside the copying. */
#define CHUNK (4 << 20)

struct load {
	struct command *command;
	const char *path, *name;
	uint64_t bytes, region_bytes;
	int file;
	bool seal;
};

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* One line that is drawn over itself, about ten times a second. */
static void show_progress(const struct load *load, uint64_t done, double seconds)
{
	static const char full[] = "########################################";
	char text[SIZE_TEXT], total[SIZE_TEXT], rate[SIZE_TEXT];
	int cells = (int)((double)done / (double)load->bytes * (double)(sizeof(full) - 1));

	fprintf(stderr, "\r[%-40.*s] %3d%% %s of %s, %s/s \033[K", cells, full,
		(int)((double)done * 100 / (double)load->bytes), size_human(text, (double)done),
		size_human(total, (double)load->bytes),
		size_human(rate, seconds > 0 ? (double)done / seconds : 0));
	if (done == load->bytes)
		fputc('\n', stderr);
}

static int write_all(int fd, const char *buffer, size_t length)
{
	while (length) {
		ssize_t written = write(fd, buffer, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written ? -errno : -ENOSPC;
		buffer += written;
		length -= (size_t)written;
	}
	return 0;
}

static int copy(const struct load *load, struct cloison_region *region, char *buffer,
		double *seconds)
{
	bool tty = isatty(STDERR_FILENO) && !load->command->json;
	double start = seconds_now(), shown = 0;
	uint64_t done = 0;
	int rc;

	while (done < load->bytes) {
		uint64_t rest = load->bytes - done;
		ssize_t length = read(load->file, buffer, rest < CHUNK ? rest : CHUNK);

		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			return fail(EXIT_FAILED, "%s: %s", load->path,
				    length ? strerror(errno) : "it became shorter meanwhile");
		rc = write_all(cloison_region_fd(region), buffer, (size_t)length);
		if (rc)
			return fail_inside(load->command, rc, load->name);
		done += (uint64_t)length;
		*seconds = seconds_now() - start;
		if (tty && (*seconds - shown > 0.1 || done == load->bytes)) {
			show_progress(load, done, *seconds);
			shown = *seconds;
		}
	}
	return EXIT_OK;
}

static int report(const struct load *load, double seconds)
{
	double rate = seconds > 0 ? (double)load->bytes / seconds : 0;
	char text[SIZE_TEXT], per_second[SIZE_TEXT];

	if (load->command->json)
		return output_json(json_pack("{s:o, s:s, s:I, s:f, s:f, s:b}", "file",
					     output_text(load->path), "region", load->name, "bytes",
					     (json_int_t)load->bytes, "seconds", seconds,
					     "bytes_per_second", rate, "sealed", load->seal),
				   stdout) ?
			       fail(EXIT_FAILED, "listing: cannot be written") :
			       EXIT_OK;
	printf("%s: %s loaded in %.2f s, %s/s%s\n", load->name,
	       size_human(text, (double)load->bytes), seconds, size_human(per_second, rate),
	       load->seal ? ", sealed" : "");
	return EXIT_OK;
}

static int load_inside(struct cloison_ctx *ctx, void *data)
{
	struct load *load = data;
	struct cloison_region *region;
	double seconds = 0;
	char *buffer;
	int rc;

	rc = cloison_region_open(ctx, load->name, O_RDWR, &region);
	if (rc)
		return fail_inside(load->command, rc, load->name);
	buffer = aligned_alloc(4096, CHUNK);
	rc = buffer ? copy(load, region, buffer, &seconds) : fail_errno(-ENOMEM, "copy");
	/* The tenant's bytes do not belong on our heap any longer. */
	if (buffer)
		explicit_bzero(buffer, CHUNK);
	free(buffer);
	if (!rc && load->seal) {
		rc = cloison_region_seal(region);
		if (rc)
			rc = fail_inside(load->command, rc, load->name);
	}
	cloison_region_unref(region);
	return rc ? rc : report(load, seconds);
}

static int open_file(struct load *load)
{
	struct stat status;

	load->file = open(load->path, O_RDONLY | O_CLOEXEC);
	if (load->file < 0 || fstat(load->file, &status))
		return fail(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED, "%s: %s", load->path,
			    strerror(errno));
	if (!S_ISREG(status.st_mode) || !status.st_size)
		return fail(EXIT_FAILED, "%s is not a file with content", load->path);
	load->bytes = (uint64_t)status.st_size;
	posix_fadvise(load->file, 0, 0, POSIX_FADV_SEQUENTIAL);
	return EXIT_OK;
}

static int check_fit(const struct load *load)
{
	char file[SIZE_TEXT], region[SIZE_TEXT];

	if (load->bytes <= load->region_bytes)
		return EXIT_OK;
	fail(EXIT_NO_ROOM, "%s has %s, %s only %s", load->path, size_format(file, load->bytes),
	     load->name, size_format(region, load->region_bytes));
	advise("make one that fits: cloison region create TENANT/REGION --like %s", load->path);
	return EXIT_NO_ROOM;
}

int region_load(struct command *command, int argc, char **argv)
{
	struct load load = { .command = command, .file = -1 };
	const struct argument_option options[] = {
		{ "seal", 0, ARGUMENT_FLAG, &load.seal, NULL },
		OPTION_JSON(command),
		{ 0 },
	};
	char tenant[CLOISON_NAME_SIZE], name[CLOISON_NAME_SIZE];
	struct cloison_region_get region;
	int rc;

	if (command_parse(command, argc, argv, options, 2, 2) < 0)
		return EXIT_USAGE;
	load.path = argv[0];
	load.name = argv[1];
	rc = command_control(command, false);
	if (!rc)
		rc = find_region(command, load.name, &region);
	if (!rc && load.seal)
		rc = check_feature(command, CLOISON_FEATURE_SEAL, "seal regions");
	if (!rc)
		rc = open_file(&load);
	if (!rc) {
		load.region_bytes = region.out_bytes;
		rc = check_fit(&load);
	}
	if (!rc) {
		cloison_split_name(load.name, tenant, name);
		rc = inside_tenant(tenant, load.file, load_inside, &load);
	}
	if (load.file >= 0)
		close(load.file);
	return rc;
}
