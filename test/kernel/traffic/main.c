// SPDX-License-Identifier: Apache-2.0
/*
 * Traffic with a known truth, for the kernel tests. One thread holds both ends of every conversation, so that
 * what happens when is decided here and not by the scheduler. Prints one JSON object about what it did.
 */
#include "traffic.h"
#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name;
	int fewest, most;
	int (*run)(char **words);
	const char *usage;
} COMMANDS[] = {
	{ "messages", 5, 6, messages,
	  "tcp|mptcp|udp 4|6 COUNT SLOW_EVERY SLOW_MICROS [PORT]\n"
	  "    send, wait if it is a slow one, read; COUNT times" },
	{ "reads", 4, 4, reads,
	  "tcp|udp 4|6 COUNT bytes|peek|splice\n"
	  "    send and read, in that way; COUNT times" },
	{ "burst", 3, 3, burst,
	  "udp 4|6 COUNT\n"
	  "    send COUNT, then read COUNT" },
	{ "late", 3, 3, late,
	  "tcp|udp 4|6 COUNT\n"
	  "    send COUNT, and read them when standard input ends" },
	{ "race", 2, 2, race,
	  "4|6 COUNT\n"
	  "    datagrams, which another process reads as they come" },
	{ "across", 5, 5, across,
	  "NETNS tcp|udp ADDRESS COUNT lockstep|burst\n"
	  "    as messages, to ADDRESS here from another network namespace; each read before the next is sent, or all\n"
	  "    sent and then all read that arrive" },
	{ "connects", 2, 2, connects,
	  "4|6 COUNT\n"
	  "    connect to a listener here and close; COUNT times" },
	{ "connect", 3, 4, connect_once,
	  "ADDRESS PORT wait|abort [MICROS]\n"
	  "    one blocking connect, of which errno is printed; or one that is closed after MICROS, answered or not" },
	{ "accept", 3, 3, accept_all,
	  "ADDRESS PORT COUNT\n"
	  "    accept and close; COUNT times" },
	{ "connects-to", 3, 3, connect_all,
	  "ADDRESS PORT COUNT\n"
	  "    connect and close; COUNT times" },
	{ "refused", 2, 2, refused,
	  "4|6 COUNT\n"
	  "    connect to a port where nobody listens; COUNT times" },
	{ "unanswered", 2, 2, unanswered,
	  "4|6 MILLIS\n"
	  "    a connect to a listener here, closed after MILLIS" },
	{ "port", 1, 1, free_port,
	  "4|6\n"
	  "    a port on loopback where nothing listens" },
	{ "lives", 5, 5, lives,
	  "4|6 COUNT TURNS MICROS client|server|reset|half\n"
	  "    connections of TURNS requests and responses; MICROS is what the server waits before accept() and each\n"
	  "    response; the last word is who closes first, and how: half is the client, before the last response" },
	{ "hold", 8, 8, hold,
	  "4|6 BUSY SILENT SERVER_FIRST CLIENT_FIRST HALF_CLOSED UNREAD BACKLOG\n"
	  "    connections that stay until standard input ends: with a request and a response, without any data, "
	  "closed\n"
	  "    by one side and then the other, closed by the client alone, with 7 bytes that nobody reads; and as "
	  "many\n"
	  "    as fill the queue of a listener that never accepts" },
	{ "unwanted", 2, 2, unwanted,
	  "4|6 COUNT\n"
	  "    send a datagram to a port that nobody has; COUNT times" },
	{ "retransmits", 3, 3, retransmits,
	  "4|6 SEGMENTS MILLIS\n"
	  "    send, wait MILLIS, say how many were sent again, reset" },
	{ "behind-gap", 2, 2, behind_gap,
	  "4|6 SEGMENTS\n"
	  "    send all, then read all" },
	{ "flood", 3, 3, flood,
	  "ADDRESS PORT COUNT\n"
	  "    send datagrams as fast as it goes" },
	{ "many", 2, 2, many,
	  "4|6 COUNT\n"
	  "    a datagram to each of as many sockets, then read each" },
	{ "attempts", 4, 4, attempts,
	  "ADDRESS PORT COUNT MILLIS\n"
	  "    connects that all wait at once, closed after MILLIS" },
	{ "tunnel", 3, 3, tunnel,
	  "NAME COUNT MILLIS\n"
	  "    send datagrams to an interface, of which they are read MILLIS later" },
	{ "held", 2, 2, held,
	  "PORT COUNT\n"
	  "    a SYN each to PORT here, which queue 0 of netfilter holds up until all are there" },
	{ "crowd", 2, 2, crowd,
	  "4|6 COUNT\n"
	  "    connections that are all open at once, then reset" },
	{ "pairs", 2, 2, pairs,
	  "4|6 COUNT\n"
	  "    connections that are all open at once: 600 bytes and then 64 by each, then all are read" },
	{ "unaccepted", 4, 4, unaccepted,
	  "4|6 BACKLOG COUNT MILLIS\n"
	  "    COUNT connects to a listener here that never accepts; they stay open for MILLIS" },
	{ "syns", 2, 2, syns,
	  "BACKLOG COUNT\n"
	  "    COUNT SYN to a listener here, from addresses that never answer" },
};

#define COMMAND_COUNT (sizeof(COMMANDS) / sizeof(COMMANDS[0]))

int main(int argc, char **argv)
{
	for (const struct command *command = COMMANDS; command < COMMANDS + COMMAND_COUNT; command++)
		if (argc >= 2 && strcmp(argv[1], command->name) == 0 && argc - 2 >= command->fewest &&
		    argc - 2 <= command->most)
			return command->run(argv + 2);
	fputs("usage:\n", stderr);
	for (const struct command *command = COMMANDS; command < COMMANDS + COMMAND_COUNT; command++)
		fprintf(stderr, "  traffic %s %s\n", command->name, command->usage);
	return 2;
}
