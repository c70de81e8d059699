// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does one step after another with one descriptor and one mapping, and stops at
 * the first that fails, with its name and what came of it: "map:rw: EACCES",
 * "get:0:00: SIGBUS", "get:0:00: saw 5a". It goes on behind a step that begins
 * with a dash.
 *
 *   region-try STEP...
 *
 * What the descriptor is (the last such step counts):
 *   open:ACCESS:PATH            ACCESS is r, w or rw, here and below
 *   memory:BYTES                ordinary shared memory, to show that a step can succeed
 *   inherited:FD                one that this program was started with
 *   export:ACCESS[:OFFSET:BYTES] a dma-buf of the descriptor so far
 *   udmabuf:BYTES               a dma-buf of ordinary memory
 * What is done with it:
 *   map:ACCESS[:OFFSET:BYTES[:private]]   all of it if no range is given
 *   read:OFFSET:BYTES:COUNT  write:OFFSET:BYTES:COUNT   COUNT is what must come back
 *   info  seal  import:CARD     the last one as a DRM driver's buffer
 *   device:WORDS                a command to the device of tests/importer; "attach KIND"
 *                               opens it anew and hands it the descriptor
 * What is done with the mapping:
 *   get:OFFSET:HEX  put:OFFSET:HEX        one byte
 *   fill:HEX  zeros                       all bytes
 *   protect:ACCESS  resize:BYTES  double  move  remap:PAGE  unmap:OFFSET:BYTES
 *   advise:dofork|dodump  fork:OFFSET (a child touches it)
 *   direct-out:FILE  direct-in:FILE       by O_DIRECT; vmsplice
 *   hold:SECONDS                          touch it until it dies; says when
 * Others:
 *   where (pid and address)  say:WORD  wait (for a line of input)  join:CGROUP  eat
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cloison.h"
#include "region-try-mapping.h"

#define MAX_WORDS 5

/* As in the DRM's UAPI, which Debian has in no package of the kernel's. */
struct drm_prime_handle {
	uint32_t handle;
	uint32_t flags;
	int32_t fd;
};
#define DRM_IOCTL_PRIME_FD_TO_HANDLE _IOWR('d', 0x2e, struct drm_prime_handle)

struct step {
	const char *name;
	int least, most;
	int (*run)(char **words, int n);
};

/* ---- the descriptor ------------------------------------------------------ */

static int access_flags(const char *word)
{
	return !strcmp(word, "r") ? O_RDONLY : !strcmp(word, "w") ? O_WRONLY : O_RDWR;
}

static int step_open(char **words, int n)
{
	(void)n;
	fd = open(words[2], access_flags(words[1]) | O_CLOEXEC);
	return result(fd);
}

static int memory(const char *bytes)
{
	int new = memfd_create("ordinary", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return new < 0 || ftruncate(new, number(bytes)) ? -1 : new;
}

static int step_memory(char **words, int n)
{
	(void)n;
	fd = memory(words[1]);
	return result(fd);
}

static int step_inherited(char **words, int n)
{
	(void)n;
	fd = atoi(words[1]);
	return result(fcntl(fd, F_GETFD));
}

/* The region's own descriptor is closed: what the dma-buf does, it does alone. */
static int step_export(char **words, int n)
{
	struct cloison_region_export args = {
		.size = sizeof(args),
		.fd_flags = O_CLOEXEC | access_flags(words[1]),
		.offset = n > 2 ? number(words[2]) : 0,
		.bytes = n > 3 ? number(words[3]) : 0,
	};

	if (ioctl(fd, CLOISON_REGION_EXPORT, &args))
		return -errno;
	close(fd);
	fd = args.out_fd;
	return 0;
}

static int step_udmabuf(char **words, int n)
{
	struct udmabuf_create args = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = number(words[1]) };
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), file = memory(words[1]);

	(void)n;
	if (device < 0 || file < 0 || fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK))
		return -errno;
	args.memfd = file;
	fd = ioctl(device, UDMABUF_CREATE, &args);
	return result(fd);
}

static int step_import(char **words, int n)
{
	struct drm_prime_handle args = { .fd = fd };
	int card = open(words[1], O_RDWR | O_CLOEXEC);

	(void)n;
	if (card < 0)
		return say("no such card");
	return result(ioctl(card, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args));
}

static int step_device(char **words, int n)
{
	static int device = -1;
	char text[64];

	(void)n;
	if (!strncmp(words[1], "attach ", 7)) {
		if (device >= 0)
			close(device);
		device = open("/dev/cloison-importer", O_RDWR | O_CLOEXEC);
		snprintf(text, sizeof(text), "%s %d", words[1], fd);
	} else {
		snprintf(text, sizeof(text), "%s", words[1]);
	}
	if (device < 0)
		return say("no such device");
	return result(write(device, text, strlen(text)));
}

static int transfer(char **words, bool out)
{
	size_t bytes = number(words[2]);
	void *buffer = calloc(1, bytes + 1);
	ssize_t count;

	count = out ? pwrite(fd, buffer, bytes, number(words[1])) :
		      pread(fd, buffer, bytes, number(words[1]));
	free(buffer);
	if (count < 0)
		return -errno;
	if (count == (ssize_t)number(words[3]))
		return 0;
	printf("%zd bytes\n", count);
	return SAID;
}

static int step_read(char **words, int n)
{
	(void)n;
	return transfer(words, false);
}

static int step_write(char **words, int n)
{
	(void)n;
	return transfer(words, true);
}

static int step_info(char **words, int n)
{
	struct cloison_region_info args = { .size = sizeof(args) };

	(void)words;
	(void)n;
	return result(ioctl(fd, CLOISON_REGION_INFO, &args));
}

static int step_seal(char **words, int n)
{
	struct cloison_region_seal args = { .size = sizeof(args) };

	(void)words;
	(void)n;
	return result(ioctl(fd, CLOISON_REGION_SEAL, &args));
}

/* ---- others ---------------------------------------------------------------- */

static int step_where(char **words, int n)
{
	(void)words;
	(void)n;
	printf("at %d %p\n", getpid(), (void *)map);
	fflush(stdout);
	return 0;
}

static int step_say(char **words, int n)
{
	(void)n;
	puts(words[1]);
	fflush(stdout);
	return 0;
}

static int step_wait(char **words, int n)
{
	char line[64];

	(void)words;
	(void)n;
	return fgets(line, sizeof(line), stdin) ? 0 : say("end of input");
}

/* No tenant's task leaves by itself: somebody of the host, who reads here, moves it. */
#define MOVER "/run/cloison-mover"

static bool is_in(const char *directory)
{
	static const char mount[] = "/sys/fs/cgroup";
	char line[512] = "";
	FILE *file = fopen("/proc/self/cgroup", "re");

	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return !strncmp(line, "0::", 3) && !strcmp(line + 3, directory + sizeof(mount) - 1);
}

static int step_join(char **words, int n)
{
	int mover = open(MOVER, O_WRONLY | O_CLOEXEC), tries;

	(void)n;
	if (mover < 0 || dprintf(mover, "%d %s\n", getpid(), words[1]) < 0)
		return -errno;
	close(mover);
	for (tries = 0; !is_in(words[1]); tries++) {
		if (tries == 100000)
			return -ETIMEDOUT;
		usleep(50);
	}
	printf("joined %lld\n", now_ns());
	fflush(stdout);
	return 0;
}

/* Ordinary memory, without end, so that the kernel kills this process. */
static int step_eat(char **words, int n)
{
	const size_t piece = 1 << 20;
	void *at;

	(void)words;
	(void)n;
	while ((at = mmap(NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			  0)) != MAP_FAILED)
		memset(at, 0xee, piece);
	return -errno;
}

static const struct step steps[] = {
	{ "open", 2, 2, step_open },
	{ "memory", 1, 1, step_memory },
	{ "inherited", 1, 1, step_inherited },
	{ "export", 1, 3, step_export },
	{ "udmabuf", 1, 1, step_udmabuf },
	{ "import", 1, 1, step_import },
	{ "device", 1, 1, step_device },
	{ "map", 1, 4, step_map },
	{ "read", 3, 3, step_read },
	{ "write", 3, 3, step_write },
	{ "info", 0, 0, step_info },
	{ "seal", 0, 0, step_seal },
	{ "get", 2, 2, step_get },
	{ "put", 2, 2, step_put },
	{ "fill", 1, 1, step_fill },
	{ "zeros", 0, 0, step_zeros },
	{ "protect", 1, 1, step_protect },
	{ "resize", 1, 1, step_resize },
	{ "double", 0, 0, step_double },
	{ "move", 0, 0, step_move },
	{ "remap", 1, 1, step_remap },
	{ "unmap", 2, 2, step_unmap },
	{ "advise", 1, 1, step_advise },
	{ "fork", 1, 1, step_fork },
	{ "direct-out", 1, 1, step_direct_out },
	{ "direct-in", 1, 1, step_direct_in },
	{ "vmsplice", 0, 0, step_vmsplice },
	{ "hold", 1, 1, step_hold },
	{ "where", 0, 0, step_where },
	{ "say", 1, 1, step_say },
	{ "wait", 0, 0, step_wait },
	{ "join", 1, 1, step_join },
	{ "eat", 0, 0, step_eat },
};

static const struct step *find_step(const char *text)
{
	size_t length = strcspn(text, ":");

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (strlen(steps[i].name) == length && !strncmp(steps[i].name, text, length))
			return &steps[i];
	return NULL;
}

/* The words of "name:word:word", the last of which may have colons. */
static int split(char *text, char **words, int most)
{
	int n = 0;

	while (n < most && (words[n++] = strsep(&text, ":"), text))
		;
	if (text)
		words[n++] = text;
	return n;
}

static int run(const char *text)
{
	const struct step *step = find_step(text);
	char *copy = strdup(text), *words[MAX_WORDS];
	int n = step ? split(copy, words, step->most) : 0, err;

	if (!step || n - 1 < step->least) {
		fprintf(stderr, "region-try: no such step: %s\n", text);
		return 2;
	}
	/* Before the step: it may be the last that is heard of this process. */
	printf("%s: ", text);
	fflush(stdout);
	err = step->run(words, n);
	if (err < 0)
		puts(strerrorname_np(-err));
	else if (!err)
		puts("done");
	fflush(stdout);
	free(copy);
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	int err = 0;

	for (int i = 1; i < argc && !err; i++) {
		bool go_on = argv[i][0] == '-';

		err = run(argv[i] + go_on);
		if (go_on && err == 1)
			err = 0;
	}
	return err;
}
