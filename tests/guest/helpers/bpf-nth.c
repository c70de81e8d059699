// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a command, and does something to its nth call of bpf(2) of a kind, so that a
 * test need not hope for the moment:
 *
 *   bpf-nth fail|starve|kill|hold COMMAND-NUMBER|change N PROGRAM [ARGUMENT...]
 *   bpf-nth count PROGRAM [ARGUMENT...]
 *
 * fail: the call answers ENOMEM and is not made. starve: nor is any later one of the
 * kind. kill: the program is killed before it. hold: it stands still before it, which
 * "held" on standard error says, until a line comes on standard input. COMMAND-NUMBER is
 * one of enum bpf_cmd. With change all calls count that do more than look: a program
 * makes as many of those each time, but may look until something has happened.
 * It ends as the program does, with 99 if there was no nth call. count: the last line
 * of its standard error has the number of calls of each kind, from kind 0 on, and of
 * those that do more than look.
 */
#include <errno.h>
#include <linux/bpf.h>
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

enum deed { FAIL, STARVE, KILL, HOLD, COUNT, DEEDS };
enum { KINDS = 64, CHANGE = KINDS };

static const char *const deeds[DEEDS] = { "fail", "starve", "kill", "hold", "count" };

struct plan {
	enum deed deed;
	unsigned long command, nth;
	unsigned long calls[KINDS + 1]; /* so far */
	char **program;
};

static bool looks_only(unsigned long kind)
{
	switch (kind) {
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_GET_NEXT_KEY:
	case BPF_MAP_LOOKUP_BATCH:
	case BPF_OBJ_GET:
	case BPF_OBJ_GET_INFO_BY_FD:
	case BPF_PROG_GET_NEXT_ID:
	case BPF_MAP_GET_NEXT_ID:
	case BPF_BTF_GET_NEXT_ID:
	case BPF_LINK_GET_NEXT_ID:
	case BPF_PROG_GET_FD_BY_ID:
	case BPF_MAP_GET_FD_BY_ID:
	case BPF_BTF_GET_FD_BY_ID:
	case BPF_LINK_GET_FD_BY_ID:
	case BPF_PROG_QUERY:
	case BPF_TASK_FD_QUERY:
		return true;
	}
	return false;
}

/* A call of bpf(2) is about to be made. */
static void at_call(pid_t pid, struct plan *plan)
{
	struct user_regs_struct regs;
	unsigned long calls;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) || regs.rdi >= KINDS)
		return;
	plan->calls[regs.rdi]++;
	plan->calls[CHANGE] += !looks_only(regs.rdi);
	if (plan->deed == COUNT ||
	    (plan->command == CHANGE ? looks_only(regs.rdi) : regs.rdi != plan->command))
		return;
	calls = plan->calls[plan->command];
	if (calls < plan->nth || (calls > plan->nth && plan->deed != STARVE))
		return;
	if (plan->deed == KILL) {
		kill(pid, SIGKILL);
		return;
	}
	if (plan->deed == HOLD) {
		fputs("held\n", stderr);
		getchar();
		return;
	}
	/* A call that there is not is skipped, and this is its answer. */
	regs.orig_rax = (unsigned long)-1;
	regs.rax = (unsigned long)-ENOMEM;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs))
		die("ptrace");
}

static bool is_event(int status, int event)
{
	return status >> 8 == (SIGTRAP | event << 8);
}

static struct plan understand(int argc, char **argv)
{
	struct plan plan = { .deed = DEEDS };
	enum deed deed;

	for (deed = 0; argc > 2 && deed < DEEDS; deed++)
		if (!strcmp(argv[1], deeds[deed]) && (deed == COUNT || argc > 4))
			plan.deed = deed;
	if (plan.deed == DEEDS) {
		fputs("usage: bpf-nth fail|starve|kill|hold COMMAND-NUMBER|change N PROGRAM [ARGUMENT...]\n"
		      "       bpf-nth count PROGRAM [ARGUMENT...]\n",
		      stderr);
		exit(2);
	}
	plan.program = argv + (plan.deed == COUNT ? 2 : 4);
	if (plan.deed == COUNT)
		return plan;
	plan.command = strcmp(argv[2], "change") ? strtoul(argv[2], NULL, 10) : CHANGE;
	plan.nth = strtoul(argv[3], NULL, 10);
	if (plan.command >= KINDS && plan.command != CHANGE)
		die("bpf-nth: the kind of call");
	return plan;
}

static void print_counts(const struct plan *plan)
{
	int kind;

	for (kind = 0; kind <= CHANGE; kind++)
		fprintf(stderr, "%lu%c", plan->calls[kind], kind < CHANGE ? ' ' : '\n');
}

int main(int argc, char **argv)
{
	struct plan plan = understand(argc, argv);
	pid_t first, pid;
	int status;

	first = start(plan.program);
	ptrace(PTRACE_CONT, first, NULL, NULL);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		int deliver = 0;

		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid == first)
				break;
			continue;
		}
		if (is_event(status, PTRACE_EVENT_SECCOMP))
			at_call(pid, &plan);
		else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP)
			deliver = WSTOPSIG(status);
		ptrace(PTRACE_CONT, pid, NULL, deliver);
	}
	if (plan.deed == COUNT)
		print_counts(&plan);
	else if (plan.calls[plan.command] < plan.nth)
		return NEVER;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
