// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a command, and does something to its nth call of bpf(2) of a kind, so that a
 * test need not hope for the moment:
 *
 *   bpf-nth fail|kill COMMAND-NUMBER N PROGRAM [ARGUMENT...]
 *
 * fail: the call answers ENOMEM and is not made. kill: the program is killed before
 * it. COMMAND-NUMBER is one of enum bpf_cmd. It ends as the program does, with 99 if
 * there was no nth call.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NEVER = 99 };

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(2);
}

/* The program stops before each bpf(2), and at no other call, of which there are many. */
static void stop_at_bpf(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		die("seccomp");
}

static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		stop_at_bpf();
		execvp(argv[0], argv);
		die(argv[0]);
	}
	if (waitpid(pid, NULL, 0) != pid)
		die("waitpid");
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL,
		   PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE))
		die("ptrace");
	return pid;
}

/* Whether this call, which is about to be made, was the nth, and is not made. */
static bool at_call(pid_t pid, unsigned long command, unsigned long *left, bool kills)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) || regs.rdi != command || --*left)
		return false;
	if (kills) {
		kill(pid, SIGKILL);
		return true;
	}
	/* A call that there is not is skipped, and this is its answer. */
	regs.orig_rax = (unsigned long)-1;
	regs.rax = (unsigned long)-ENOMEM;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs))
		die("ptrace");
	return true;
}

static bool is_event(int status, int event)
{
	return status >> 8 == (SIGTRAP | event << 8);
}

int main(int argc, char **argv)
{
	unsigned long command, left;
	bool kills, done = false;
	pid_t first, pid;
	int status;

	if (argc < 5 || (strcmp(argv[1], "fail") && strcmp(argv[1], "kill"))) {
		fputs("usage: bpf-nth fail|kill COMMAND-NUMBER N PROGRAM [ARGUMENT...]\n", stderr);
		return 2;
	}
	kills = !strcmp(argv[1], "kill");
	command = strtoul(argv[2], NULL, 10);
	left = strtoul(argv[3], NULL, 10);
	first = start(argv + 4);
	ptrace(PTRACE_CONT, first, NULL, NULL);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		int deliver = 0;

		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid == first)
				break;
			continue;
		}
		if (is_event(status, PTRACE_EVENT_SECCOMP))
			done = done || at_call(pid, command, &left, kills);
		else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP)
			deliver = WSTOPSIG(status);
		ptrace(PTRACE_CONT, pid, NULL, deliver);
	}
	if (!done)
		return NEVER;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
