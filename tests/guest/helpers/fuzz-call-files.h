/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzzer does with a file: open, read, write, seek, poll, sendfile.
 */
#ifndef FUZZ_CALL_FILES_H
#define FUZZ_CALL_FILES_H

static int make_open(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	static const int flags[] = { O_RDWR, O_RDONLY, O_WRONLY, O_RDWR | O_APPEND,
				     O_RDWR | O_NONBLOCK };
	static const int odd[] = { O_DIRECT, O_TRUNC, O_SYNC, O_PATH, O_DIRECTORY, O_CREAT };
	struct random random;
	char path[64];
	int flag, fd;

	(void)row;
	random_seed(&random, values, 4);
	snprintf(path, sizeof(path), "/dev/cloison/acme/%s",
		 names[random_below(&random, 2) ? 0 : random_below(&random, SLOTS)]);
	flag = flags[random_below(&random, 2) ? 0 : random_below(&random, 5)];
	if (spoils)
		flag |= odd[spoils % 6];
	fd = open(path, flag | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == ENOTDIR ? ENOENT : errno;
	remember_fd(fd, &random);
	return 0;
}

static int make_close(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	(void)spoils;
	(void)row;
	if (fds[values % SLOTS] < 0)
		return EBADF;
	close(fds[values % SLOTS]);
	fds[values % SLOTS] = -1;
	return 0;
}

static void check_bytes(const uint8_t *bytes, ssize_t n)
{
	while (n-- > 0)
		if (bytes[n] && bytes[n] != MARK)
			__atomic_fetch_add(&world->leaks, 1, __ATOMIC_RELAXED);
}

/* A dma-buf is for mapping, so the kernel has ESPIPE for those who move bytes by it. */
static int moved(int fd, ssize_t n)
{
	struct stat file;

	if (n >= 0)
		return 0;
	return errno == ESPIPE && !fstat(fd, &file) && !S_ISCHR(file.st_mode) ? EINVAL : errno;
}

static int make_read(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	static uint8_t bytes[160 << 10];
	struct random random;
	off_t offset;
	ssize_t n;
	int fd;

	(void)row;
	random_seed(&random, values, spoils);
	offset = spoils ? (off_t)interesting(&random) : random_below(&random, 4 << 20);
	memset(bytes, 0, sizeof(bytes));
	fd = any_fd(&random);
	n = pread(fd, bytes, random_below(&random, sizeof(bytes)), offset);
	check_bytes(bytes, n);
	return moved(fd, n);
}

static int make_write(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	static uint8_t bytes[160 << 10];
	struct random random;
	const void *from = bytes;
	off_t offset;
	int fd;

	(void)row;
	random_seed(&random, values, spoils);
	offset = spoils ? (off_t)interesting(&random) : random_below(&random, 4 << 20);
	memset(bytes, MARK, sizeof(bytes));
	/* What is not mapped is found out half way through. */
	if (spoils % 5 == 1)
		from = (void *)4096UL;
	fd = any_fd(&random);
	return moved(fd, pwrite(fd, from, random_below(&random, sizeof(bytes)), offset));
}

static int make_seek(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	struct random random;

	(void)row;
	random_seed(&random, values, spoils);
	return RESULT(
		lseek(any_fd(&random), (off_t)interesting(&random), (int)random_below(&random, 6)));
}

static int make_poll(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	struct pollfd on = { .fd = fds[values % SLOTS], .events = (short)spoils };

	(void)row;
	return RESULT(poll(&on, 1, 0));
}

static int make_sendfile(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	struct random random;
	int to = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int error;

	(void)row;
	random_seed(&random, values, spoils);
	error = RESULT(sendfile(to, any_fd(&random), NULL, 4096));
	close(to);
	return error;
}

#endif /* FUZZ_CALL_FILES_H */
