// SPDX-License-Identifier: GPL-2.0-only
/*
 * shared-try: what several share by number or name: System V objects, POSIX queues and
 * keys.
 *
 *   shared-try make shm|msg|sem|mq|key           makes one; prints its number or name
 *   shared-try use|change|remove KIND NUMBER     on what another made
 *   shared-try request                           a key that /sbin/request-key would bring
 *   shared-try session                           a session keyring of its own, a key in it
 *   shared-try fill sem|key COUNT                so many; with the keys one is kept in use
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEY_ALL 0x3f3f3f3f
#define QUEUE "/cloison-test"

/* Only the size counts. */
struct message {
	long type;
	char text[8];
};

union semaphore {
	int value;
	struct semid_ds *buffer;
};

static int failed(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

static int told(long result, const char *what)
{
	return result < 0 ? failed(what) : 0;
}

static int made(long number, const char *what)
{
	if (number < 0)
		return failed(what);
	printf("%ld\n", number);
	return 0;
}

static long keyctl(int command, long first, long second, long third, long fourth)
{
	return syscall(SYS_keyctl, command, first, second, third, fourth);
}

/*
 * A key that each process of the uid may use. It lives as long as the keyring of a
 * process that stays behind.
 */
static int make_key(void)
{
	long key;

	if (keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0) < 0)
		return failed("join");
	key = syscall(SYS_add_key, "user", "cloison-test", "secret", 6, KEY_SPEC_SESSION_KEYRING);
	if (key >= 0 && keyctl(KEYCTL_SETPERM, key, KEY_ALL, 0, 0))
		return failed("setperm");
	if (key >= 0 && !fork()) {
		close(0);
		close(1);
		close(2);
		for (;;)
			pause();
	}
	return made(key, "add_key");
}

static int make(const char *kind)
{
	struct message message = { .type = 1, .text = "words" };
	mqd_t queue;
	int number;

	if (!strcmp(kind, "shm"))
		return made(shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0666), "shmget");
	if (!strcmp(kind, "sem"))
		return made(semget(IPC_PRIVATE, 1, IPC_CREAT | 0666), "semget");
	if (!strcmp(kind, "msg")) {
		number = msgget(IPC_PRIVATE, IPC_CREAT | 0666);
		if (number >= 0 && msgsnd(number, &message, sizeof(message.text), IPC_NOWAIT))
			return failed("msgsnd");
		return made(number, "msgget");
	}
	if (!strcmp(kind, "mq")) {
		queue = mq_open(QUEUE, O_RDWR | O_CREAT, 0600, NULL);
		return told(queue, "mq_open");
	}
	return make_key();
}

static int use(const char *kind, int number)
{
	struct sembuf up = { .sem_op = 1 };
	struct message message;
	char buffer[16];

	if (!strcmp(kind, "shm"))
		return shmat(number, NULL, 0) == (void *)-1 ? failed("shmat") : 0;
	if (!strcmp(kind, "sem"))
		return told(semop(number, &up, 1), "semop");
	if (!strcmp(kind, "msg"))
		return told(msgrcv(number, &message, sizeof(message.text), 0,
				   IPC_NOWAIT | MSG_NOERROR),
			    "msgrcv");
	if (!strcmp(kind, "mq"))
		return told(mq_open(QUEUE, O_RDWR), "mq_open");
	return told(keyctl(KEYCTL_READ, number, (long)buffer, sizeof(buffer), 0), "read");
}

static int change(const char *kind, int number)
{
	union semaphore value = { .value = 1 };
	struct shmid_ds memory;
	struct msqid_ds queue;

	if (!strcmp(kind, "shm"))
		return told(shmctl(number, IPC_STAT, &memory), "shmctl");
	if (!strcmp(kind, "sem"))
		return told(semctl(number, 0, SETVAL, value), "semctl");
	if (!strcmp(kind, "msg"))
		return told(msgctl(number, IPC_STAT, &queue), "msgctl");
	return told(keyctl(KEYCTL_UPDATE, number, (long)"other", 5, 0), "update");
}

static int take_away(const char *kind, int number)
{
	if (!strcmp(kind, "shm"))
		return told(shmctl(number, IPC_RMID, NULL), "shmctl");
	if (!strcmp(kind, "sem"))
		return told(semctl(number, 0, IPC_RMID), "semctl");
	if (!strcmp(kind, "msg"))
		return told(msgctl(number, IPC_RMID, NULL), "msgctl");
	if (!strcmp(kind, "mq"))
		return told(mq_unlink(QUEUE), "mq_unlink");
	return told(keyctl(KEYCTL_INVALIDATE, number, 0, 0, 0), "invalidate");
}

static int request(void)
{
	return told(syscall(SYS_request_key, "user", "cloison-unheard-of", "callout",
			    KEY_SPEC_PROCESS_KEYRING),
		    "request_key");
}

static int session(void)
{
	char buffer[16];
	long key;

	if (keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0) < 0)
		return failed("join");
	key = syscall(SYS_add_key, "user", "own", "secret", 6, KEY_SPEC_SESSION_KEYRING);
	if (key < 0)
		return failed("add_key");
	if (keyctl(KEYCTL_READ, key, (long)buffer, sizeof(buffer), 0) != 6)
		return failed("read");
	if (syscall(SYS_request_key, "user", "own", NULL, 0) != key)
		return failed("request_key");
	return told(keyctl(KEYCTL_SETPERM, KEY_SPEC_SESSION_KEYRING, KEY_ALL, 0, 0), "setperm");
}

/* Semaphores, until there are no more; they stay until the namespace ends. */
static int fill_semaphores(int count)
{
	while (count--)
		if (semget(IPC_PRIVATE, 1, IPC_CREAT | 0666) < 0)
			return failed("semget");
	puts("filled");
	fflush(stdout);
	pause();
	return 0;
}

static int fill_keys(int count)
{
	char buffer[16], name[24];
	long kept, key;

	if (keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0) < 0)
		return failed("join");
	kept = syscall(SYS_add_key, "user", "kept", "secret", 6, KEY_SPEC_SESSION_KEYRING);
	while (count--) {
		snprintf(name, sizeof(name), "many-%d", count);
		key = syscall(SYS_add_key, "user", name, "secret", 6, KEY_SPEC_PROCESS_KEYRING);
		if (key < 0)
			return failed("add_key");
		if (keyctl(KEYCTL_READ, kept, (long)buffer, sizeof(buffer), 0) != 6)
			return failed("read");
	}
	return 0;
}

int main(int argc, char **argv)
{
	int number = argc > 3 ? atoi(argv[3]) : 0;

	if (argc == 2 && !strcmp(argv[1], "request"))
		return request();
	if (argc == 2 && !strcmp(argv[1], "session"))
		return session();
	if (argc == 3 && !strcmp(argv[1], "make"))
		return make(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "use"))
		return use(argv[2], number);
	if (argc == 4 && !strcmp(argv[1], "change"))
		return change(argv[2], number);
	if (argc == 4 && !strcmp(argv[1], "remove"))
		return take_away(argv[2], number);
	if (argc == 4 && !strcmp(argv[1], "fill"))
		return !strcmp(argv[2], "sem") ? fill_semaphores(number) : fill_keys(number);
	fprintf(stderr, "usage: shared-try make KIND | use|change|remove KIND NUMBER | "
			"request | session | fill sem|key COUNT\n");
	return 2;
}
