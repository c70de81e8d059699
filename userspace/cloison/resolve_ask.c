// SPDX-License-Identifier: GPL-2.0-only
/* The processes that ask the DNS: users of no name, without a right to anything. */
#include "resolve.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <resolv.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Nobody's, on Debian as by the kernel's overflow ids. */
#define NOBODY 65534

/* Each question is sent so often to each server, and waited for so many seconds. */
#define TRIES 2
#define PATIENCE 2

static uint8_t message[NS_MAXMSG];

static int ask(res_state state, const char *name, enum cloison_family family,
	       struct dns_answer *answer)
{
	uint8_t question[NS_PACKETSZ];
	int length;

	length = res_nmkquery(state, ns_o_query, name, ns_c_in,
			      family == CLOISON_IPV4 ? ns_t_a : ns_t_aaaa, NULL, 0, NULL, question,
			      sizeof(question));
	if (length < 0)
		return -EINVAL;
	length = res_nsend(state, question, length, message, sizeof(message));
	if (length < 0)
		return -ETIMEDOUT;
	/* What does not fit was not read. */
	if ((size_t)length > sizeof(message))
		return -EBADMSG;
	return dns_answer_parse(message, (size_t)length, name, family, answer);
}

static void ask_both(const struct sockaddr_in *server, const struct resolve_question *question,
		     struct resolve_reply *reply)
{
	struct __res_state state = {};
	int four, six;

	*reply = (struct resolve_reply){ .number = question->number };
	/* Each time, since the host's servers may be others by now. */
	if (res_ninit(&state)) {
		reply->error = -EIO;
		return;
	}
	state.options |= RES_RECURSE;
	state.options &= ~(unsigned long)(RES_DNSRCH | RES_DEFNAMES);
	state.retry = TRIES;
	state.retrans = PATIENCE;
	if (server->sin_port) {
		state.nscount = 1;
		state.nsaddr_list[0] = *server;
	}
	four = ask(&state, question->name, CLOISON_IPV4, &reply->answer);
	six = ask(&state, question->name, CLOISON_IPV6, &reply->answer);
	res_nclose(&state);
	reply->partial = !four != !six;
	reply->error = four && six ? four : 0;
}

static int rights_drop(void)
{
	const struct rlimit none = { 0, 0 };

	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    setrlimit(RLIMIT_CORE, &none) || setrlimit(RLIMIT_NPROC, &none) ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) || getuid() != NOBODY)
		return -errno;
	return 0;
}

static _Noreturn void asker(int socket, pid_t parent, const struct sockaddr_in *server)
{
	struct resolve_question question;
	struct resolve_reply reply;

	/* Only the socket is left, besides where it says what is wrong. */
	if (dup2(socket, 3) < 0 || close_range(4, ~0U, 0) || rights_drop() || getppid() != parent)
		_exit(EXIT_FAILURE);
	signal(SIGINT, SIG_IGN);
	while (recv(3, &question, sizeof(question), 0) == sizeof(question)) {
		question.name[sizeof(question.name) - 1] = '\0';
		ask_both(server, &question, &reply);
		if (send(3, &reply, sizeof(reply), MSG_NOSIGNAL) != sizeof(reply))
			break;
	}
	_exit(EXIT_SUCCESS);
}

int resolve_askers_start(const struct sockaddr_in *server, pid_t askers[RESOLVE_ASKERS])
{
	pid_t parent = getpid();
	int ends[2], i;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	for (i = 0; i < RESOLVE_ASKERS; i++) {
		askers[i] = fork();
		if (!askers[i])
			asker(ends[1], parent, server);
		if (askers[i] < 0) {
			int error = -errno;

			close(ends[0]);
			close(ends[1]);
			return error;
		}
	}
	close(ends[1]);
	return ends[0];
}

/* What an asker says is looked at as what comes from the network. */
static bool reply_is_whole(const struct resolve_reply *reply)
{
	uint32_t i;

	if (reply->answer.count > DNS_ADDRESSES)
		return false;
	for (i = 0; i < reply->answer.count; i++)
		if (reply->answer.addresses[i].family != CLOISON_IPV4 &&
		    reply->answer.addresses[i].family != CLOISON_IPV6)
			return false;
	return true;
}

int resolve_reply_read(int socket, struct resolve_reply *reply)
{
	ssize_t length = recv(socket, reply, sizeof(*reply), MSG_DONTWAIT);

	if (length < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (length != sizeof(*reply))
		return -EPIPE;
	return reply_is_whole(reply) ? 1 : -EBADMSG;
}
