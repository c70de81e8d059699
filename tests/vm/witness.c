// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's side of the guest tests: reads the files behind the virtual
 * accelerator, which the guest cannot influence but by writing to the device,
 * and answers what is in them.
 *
 *   witness HOST.SOCK QMP.SOCK NAME=FILE...   serve a virtual host's questions
 *   witness ask NAME=FILE... -- QUESTION      answer one and end
 *
 * One question a line, one answer a line, "ok ..." or "error ...":
 *
 *   scan NAME OFFSET LENGTH        how many bytes there are not zero
 *   find NAME HEX OFFSET LENGTH    how often these bytes occur there
 *   where NAME HEX OFFSET LENGTH   where they begin, if they do so once
 *   poke NAME OFFSET MILLISECONDS  writes a byte there again and again, as broken
 *                                  memory would; how often
 *   monitor COMMAND                QEMU's answer, its newlines as \n
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LINE 4096
#define MAX_FILES 8
#define MAX_PATTERN 256

struct range {
	const uint8_t *bytes;
	uint64_t length;
	void *map;
	size_t map_length;
};

static const char *files[MAX_FILES];
static int n_files;
static FILE *qmp_in, *qmp_out;

static void answer(char *out, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(out, LINE, format, args);
	va_end(args);
}

static const char *file_of(const char *name)
{
	size_t length = strlen(name);

	for (int i = 0; i < n_files; i++)
		if (!strncmp(files[i], name, length) && files[i][length] == '=')
			return files[i] + length + 1;
	return NULL;
}

/* A length of zero means to the end. */
static int open_range(const char *name, uint64_t offset, uint64_t length, struct range *range)
{
	const char *path = file_of(name);
	struct stat st;
	int fd;

	if (!path)
		return -ENOENT;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st)) {
		close(fd);
		return -errno;
	}
	if (offset > (uint64_t)st.st_size || length > (uint64_t)st.st_size - offset) {
		close(fd);
		return -ERANGE;
	}
	range->map_length = st.st_size;
	range->map = mmap(NULL, range->map_length, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (range->map == MAP_FAILED)
		return -errno;
	range->bytes = (const uint8_t *)range->map + offset;
	range->length = length ? length : st.st_size - offset;
	return 0;
}

static void scan(const char *arguments, char *out)
{
	char name[64];
	uint64_t offset, length, count = 0;
	struct range range;
	int err;

	if (sscanf(arguments, "%63s %li %li", name, (int64_t *)&offset, (int64_t *)&length) != 3) {
		answer(out, "error scan NAME OFFSET LENGTH");
		return;
	}
	err = open_range(name, offset, length, &range);
	if (err) {
		answer(out, "error %s", strerror(-err));
		return;
	}
	for (uint64_t i = 0; i < range.length; i++)
		count += range.bytes[i] != 0;
	munmap(range.map, range.map_length);
	answer(out, "ok %lu", count);
}

static int parse_hex(const char *hex, uint8_t *bytes)
{
	int n = 0;

	for (; hex[0] && hex[1] && n < MAX_PATTERN; hex += 2) {
		unsigned int byte;

		if (sscanf(hex, "%2x", &byte) != 1)
			return -EINVAL;
		bytes[n++] = byte;
	}
	return *hex ? -EINVAL : n;
}

static void find(const char *arguments, char *out, bool where)
{
	char name[64], hex[2 * MAX_PATTERN + 1];
	uint8_t pattern[MAX_PATTERN];
	uint64_t offset, length, last = 0, count = 0;
	const uint8_t *at, *end;
	struct range range;
	int n, err;

	if (sscanf(arguments, "%63s %512s %li %li", name, hex, (int64_t *)&offset,
		   (int64_t *)&length) != 4 ||
	    (n = parse_hex(hex, pattern)) <= 0) {
		answer(out, "error %s NAME HEX OFFSET LENGTH", where ? "where" : "find");
		return;
	}
	err = open_range(name, offset, length, &range);
	if (err) {
		answer(out, "error %s", strerror(-err));
		return;
	}
	end = range.bytes + range.length;
	for (at = range.bytes; (at = memmem(at, end - at, pattern, n)); at++) {
		last = offset + (at - range.bytes);
		count++;
	}
	munmap(range.map, range.map_length);
	if (!where)
		answer(out, "ok %lu", count);
	else if (count == 1)
		answer(out, "ok %lu", last);
	else
		answer(out, "error found %lu times", count);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ULL + t.tv_nsec / 1000000;
}

static void poke(const char *arguments, char *out)
{
	uint64_t offset, length, end, count = 0;
	char name[64];
	int fd, err;

	if (sscanf(arguments, "%63s %li %li", name, (int64_t *)&offset, (int64_t *)&length) != 3 ||
	    !file_of(name)) {
		answer(out, "error poke NAME OFFSET MILLISECONDS");
		return;
	}
	fd = open(file_of(name), O_WRONLY | O_CLOEXEC);
	for (end = now_ms() + length; now_ms() < end; count++) {
		if (pwrite(fd, "\xff", 1, offset) != 1)
			break;
		usleep(20);
	}
	err = errno;
	/* Broken memory or not, what is done here must not look like a leak. */
	if (pwrite(fd, "", 1, offset) == 1)
		answer(out, "ok %lu", count);
	else
		answer(out, "error %s", strerror(err));
	close(fd);
}

/* The value of "return" in a line of QMP, without its quotes and carriage returns. */
static void copy_result(const char *value, char *out)
{
	size_t n = 3;

	memcpy(out, "ok ", n);
	for (; *value && *value != '"' && n < LINE - 2; value++) {
		if (value[0] == '\\' && value[1] == 'r') {
			value++;
			continue;
		}
		if (value[0] == '\\' && value[1])
			out[n++] = *value++;
		out[n++] = *value;
	}
	out[n] = 0;
}

static void monitor(const char *command, char *out)
{
	char line[4 * LINE];

	if (!qmp_out) {
		answer(out, "error no monitor here");
		return;
	}
	fprintf(qmp_out,
		"{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"");
	for (; *command; command++)
		fprintf(qmp_out, *command == '"' || *command == '\\' ? "\\%c" : "%c", *command);
	fprintf(qmp_out, "\"}}\n");
	fflush(qmp_out);
	/* Events may come in between. */
	while (fgets(line, sizeof(line), qmp_in)) {
		const char *result = strstr(line, "\"return\": \"");

		if (result) {
			copy_result(result + strlen("\"return\": \""), out);
			return;
		}
		if (strstr(line, "\"error\"")) {
			line[strcspn(line, "\r\n")] = 0;
			answer(out, "error %.3000s", line);
			return;
		}
	}
	answer(out, "error the monitor is gone");
}

static void judge(char *question, char *out)
{
	char *arguments;

	question[strcspn(question, "\r\n")] = 0;
	arguments = question + strcspn(question, " ");
	if (*arguments)
		*arguments++ = 0;
	if (!strcmp(question, "scan"))
		scan(arguments, out);
	else if (!strcmp(question, "find"))
		find(arguments, out, false);
	else if (!strcmp(question, "where"))
		find(arguments, out, true);
	else if (!strcmp(question, "poke"))
		poke(arguments, out);
	else if (!strcmp(question, "monitor"))
		monitor(arguments, out);
	else
		answer(out, "error unknown question %.64s", question);
}

/* QEMU makes its sockets a little after it was started. */
static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return -1;
	strcpy(address.sun_path, path);
	for (int tries = 0; tries < 100; tries++) {
		if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
			return fd;
		usleep(100 * 1000);
	}
	close(fd);
	return -1;
}

static bool open_monitor(const char *path)
{
	char line[4 * LINE];
	int fd = connect_to(path);

	if (fd < 0)
		return false;
	qmp_in = fdopen(fd, "r");
	qmp_out = fdopen(dup(fd), "w");
	if (!qmp_in || !qmp_out || !fgets(line, sizeof(line), qmp_in))
		return false;
	fprintf(qmp_out, "{\"execute\":\"qmp_capabilities\"}\n");
	fflush(qmp_out);
	return fgets(line, sizeof(line), qmp_in) != NULL;
}

static int serve(const char *host, const char *qmp)
{
	char line[LINE], out[LINE];
	FILE *in, *to;
	int fd;

	fd = connect_to(host);
	if (fd < 0 || !open_monitor(qmp)) {
		fprintf(stderr, "witness: cannot reach the virtual host: %s\n", strerror(errno));
		return 1;
	}
	in = fdopen(fd, "r");
	to = fdopen(dup(fd), "w");
	while (in && to && fgets(line, sizeof(line), in)) {
		judge(line, out);
		fprintf(to, "%s\n", out);
		fflush(to);
	}
	return 0;
}

static int ask(int argc, char **argv, int first)
{
	char line[LINE] = "", out[LINE];

	for (int i = first; i < argc; i++) {
		strncat(line, argv[i], sizeof(line) - strlen(line) - 2);
		if (i + 1 < argc)
			strcat(line, " ");
	}
	judge(line, out);
	puts(out);
	return strncmp(out, "ok", 2) ? 1 : 0;
}

int main(int argc, char **argv)
{
	bool one = argc > 1 && !strcmp(argv[1], "ask");
	int i;

	for (i = one ? 2 : 3; i < argc && strcmp(argv[i], "--") && n_files < MAX_FILES; i++)
		files[n_files++] = argv[i];
	if (one)
		return ask(argc, argv, i + 1);
	if (argc < 4) {
		fprintf(stderr, "usage: witness HOST.SOCK QMP.SOCK NAME=FILE...\n");
		return 2;
	}
	return serve(argv[1], argv[2]);
}
