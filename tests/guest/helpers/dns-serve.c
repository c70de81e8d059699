// SPDX-License-Identifier: GPL-2.0-only
/*
 * dns-serve ADDRESS PORT ZONE LOG: a server of the DNS for tests, on UDP. It reads the
 * file ZONE for each question, so that a test changes what it answers by another file:
 *
 *	NAME A|AAAA|CNAME TTL DATA	a record
 *	! silent			no answer at all
 *	! servfail			an answer that there is none
 *	! cut BYTES			answers end there
 *	! question NAME			answers are to another question
 *	! wide				addresses are a byte longer than they are
 *	! loop				the name at the end of an alias is a pointer to itself
 *
 * Each question is a line "asked NAME TYPE" in LOG, after "ready".
 */
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct zone {
	bool silent, servfail, wide, loop;
	unsigned int cut;
	char question[256];
};

static unsigned char out[4096];
static unsigned char *at;

static void put16(unsigned int value)
{
	*at++ = value >> 8;
	*at++ = value;
}

static void put32(unsigned int value)
{
	put16(value >> 16);
	put16(value);
}

static void put_name(const char *name)
{
	int length = ns_name_compress(name, at, out + sizeof(out) - at, NULL, NULL);

	if (length < 0) {
		fprintf(stderr, "dns-serve: %s is not a name\n", name);
		exit(1);
	}
	at += length;
}

static void put_data(const char *type, const char *data, const struct zone *zone)
{
	unsigned char *length = at;

	at += 2;
	if (!strcmp(type, "A") && inet_pton(AF_INET, data, at) == 1) {
		at += 4 + zone->wide;
	} else if (!strcmp(type, "AAAA") && inet_pton(AF_INET6, data, at) == 1) {
		at += 16 + zone->wide;
	} else if (!strcmp(type, "CNAME") && zone->loop) {
		put16(0xC000 | (unsigned int)(at - out));
	} else if (!strcmp(type, "CNAME")) {
		put_name(data);
	} else {
		fprintf(stderr, "dns-serve: %s %s is not a record\n", type, data);
		exit(1);
	}
	length[0] = (at - length - 2) >> 8;
	length[1] = at - length - 2;
}

static int type_of(const char *type)
{
	return !strcmp(type, "A") ? ns_t_a : !strcmp(type, "AAAA") ? ns_t_aaaa : ns_t_cname;
}

static void orders_read(FILE *file, struct zone *zone)
{
	char line[512];

	*zone = (struct zone){ .cut = sizeof(out) };
	while (fgets(line, sizeof(line), file)) {
		zone->silent |= !strncmp(line, "! silent", 8);
		zone->servfail |= !strncmp(line, "! servfail", 10);
		zone->wide |= !strncmp(line, "! wide", 6);
		zone->loop |= !strncmp(line, "! loop", 6);
		sscanf(line, "! cut %u", &zone->cut);
		sscanf(line, "! question %255s", zone->question);
	}
	rewind(file);
}

/* The records of the name, and of what it is an alias of wherever that stands. */
static unsigned int records_put(FILE *file, const char *name, int type, const struct zone *zone,
				unsigned int depth)
{
	char line[512], owner[256], kind[16], data[256], next[256] = "";
	unsigned int count = 0, ttl;

	rewind(file);
	while (fgets(line, sizeof(line), file)) {
		if (*line == '!' ||
		    sscanf(line, "%255s %15s %u %255s", owner, kind, &ttl, data) != 4 ||
		    strcasecmp(owner, name) ||
		    (type_of(kind) != type && type_of(kind) != ns_t_cname))
			continue;
		put_name(owner);
		put16(type_of(kind));
		put16(ns_c_in);
		put32(ttl);
		put_data(kind, data, zone);
		count++;
		if (type_of(kind) == ns_t_cname && !zone->loop)
			strcpy(next, data);
	}
	/* Further than anybody follows them, also where they are a ring. */
	if (*next && depth < 12)
		count += records_put(file, next, type, zone, depth + 1);
	return count;
}

static size_t answer(const char *path, const unsigned char *in, int length, FILE *log)
{
	FILE *file = fopen(path, "re");
	unsigned int count = 0;
	struct zone zone;
	ns_msg message;
	ns_rr question;
	size_t size;

	if (!file || ns_initparse(in, length, &message) ||
	    ns_parserr(&message, ns_s_qd, 0, &question)) {
		if (file)
			fclose(file);
		return 0;
	}
	orders_read(file, &zone);
	fprintf(log, "asked %s %s\n", ns_rr_name(question),
		ns_rr_type(question) == ns_t_a ? "A" : "AAAA");
	fflush(log);
	at = out;
	put16(ns_msg_id(message));
	put16(0x8180 | (zone.servfail ? ns_r_servfail : 0));
	put16(1);
	at += 6;
	put_name(*zone.question ? zone.question : ns_rr_name(question));
	put16(ns_rr_type(question));
	put16(ns_rr_class(question));
	if (!zone.servfail)
		count = records_put(file, ns_rr_name(question), ns_rr_type(question), &zone, 0);
	out[6] = count >> 8;
	out[7] = count;
	fclose(file);
	size = at - out;
	return zone.silent ? 0 : size > zone.cut ? zone.cut : size;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	unsigned char in[4096];
	FILE *log;
	int fd;

	if (argc != 5 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) {
		fprintf(stderr, "usage: dns-serve ADDRESS PORT ZONE LOG\n");
		return 2;
	}
	address.sin_port = htons(atoi(argv[2]));
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	log = fopen(argv[4], "we");
	if (fd < 0 || !log || bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		perror("dns-serve");
		return 1;
	}
	fprintf(log, "ready\n");
	fflush(log);
	for (;;) {
		struct sockaddr_in from;
		socklen_t size = sizeof(from);
		ssize_t length = recvfrom(fd, in, sizeof(in), 0, (struct sockaddr *)&from, &size);
		size_t answered;

		if (length <= 0)
			continue;
		memset(out, 0, sizeof(out));
		answered = answer(argv[3], in, (int)length, log);
		if (answered && sendto(fd, out, answered, 0, (struct sockaddr *)&from, size) < 0)
			perror("dns-serve");
	}
}
