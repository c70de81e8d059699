/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets from a description, with every field that may lie. */
#ifndef CLOISON_TEST_PACKET_H
#define CLOISON_TEST_PACKET_H

#include <stddef.h>
#include <stdint.h>

#define PACKET_MAX 2048
#define ETHERNET_HEADER 14

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define ACK 0x10

#define ICMP 1
#define TCP 6
#define UDP 17
#define ICMP6 58
#define SCTP 132

#define HOP_BY_HOP 0
#define ROUTING 43
#define FRAGMENT 44
#define AUTHENTICATION 51
#define NOTHING_NEXT 59
#define DESTINATION 60

/* An IPv6 extension header; its first byte, the next header, is filled in. */
struct extension {
	uint8_t type;
	uint8_t length;
	const char *bytes;
};

#define EXTENSION(type, text) { type, sizeof(text) - 1, text }

/**
 * struct packet - a description; zero means the right value.
 * @from: address; with a colon in it it is IPv6, and so is the packet
 * @to: address of the same family
 * @from_port: source port
 * @to_port: destination port
 * @protocol: TCP if zero
 * @flags: of TCP
 * @type: of ICMP
 * @code: of ICMP
 * @id: of an ICMP echo
 * @payload: bytes behind the transport header
 * @ethertype: instead of the right one
 * @version: of IP, instead of 4 or 6
 * @words: header length of IPv4, instead of the right one; 16 stands for zero
 * @options: IPv4 options, @options_length bytes, a multiple of 4
 * @options_length: how many
 * @fragment: IPv4's field of flags and offset
 * @longer: how much more IP claims than there is, or less
 * @extensions: of IPv6, ended by one without bytes
 * @tcp_words: header length of TCP, instead of 5; 16 stands for zero
 * @udp_longer: how much more UDP claims than there is, or less
 */
struct packet {
	const char *from, *to;
	uint16_t from_port, to_port;
	uint8_t protocol;
	uint8_t flags;
	uint8_t type, code;
	uint16_t id;
	uint16_t payload;
	uint16_t ethertype;
	uint8_t version;
	uint8_t words;
	const char *options;
	uint8_t options_length;
	uint16_t fragment;
	int16_t longer;
	struct extension extensions[10];
	uint8_t tcp_words;
	int16_t udp_longer;
};

/**
 * packet_write() - the bytes, with an Ethernet header before them.
 * @packet: what to write
 * @to: at least PACKET_MAX bytes
 * @transport: where the payload begins
 *
 * Return: how many bytes.
 */
size_t packet_write(const struct packet *packet, uint8_t *to, size_t *transport);

/**
 * packet_claim() - make the IP header agree with a shorter packet.
 * @bytes: what packet_write() wrote
 * @length: how many bytes of it are left, Ethernet header included
 */
void packet_claim(uint8_t *bytes, size_t length);

/** packet_ip_header() - length of the plain IP header, without its options. */
size_t packet_ip_header(const uint8_t *bytes);

#endif /* CLOISON_TEST_PACKET_H */
