/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the traffic generator share. main.c says what each subcommand does. */
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include <sys/socket.h>

#define MESSAGE_BYTES 64

struct address {
	struct sockaddr_storage storage;
	socklen_t length;
	int family;
};

/* Ends the program with errno's text. */
void die(const char *what) __attribute__((noreturn));

/* version is "4" or "6"; port 0 leaves the choice to the kernel. */
struct address loopback(const char *version, int port);
struct address parsed_address(const char *text, int port);
int port_of(const struct address *address);

/* Stream sockets are MPTCP from now on. */
void use_mptcp(void);

/* Binds to a free port of the address, which is filled in. */
int bound_socket(struct address *address, int type);
int connected_socket(const struct address *address, int type);
void send_without_delay(int fd);
void reset_on_close(int fd);

/* The subcommands: words are those after the subcommand's name, NULL behind the last; the result is the exit code. */
int messages(char **words);
int reads(char **words);
int burst(char **words);
int race(char **words);
int late(char **words);
int across(char **words);
int connects(char **words);
int connect_once(char **words);
int accept_all(char **words);
int connect_all(char **words);
int refused(char **words);
int unanswered(char **words);
int free_port(char **words);
int lives(char **words);
int hold(char **words);
int unwanted(char **words);
int retransmits(char **words);
int behind_gap(char **words);
int flood(char **words);
int many(char **words);
int attempts(char **words);
int held(char **words);
int crowd(char **words);
int pairs(char **words);
int tunnel(char **words);
int unaccepted(char **words);
int syns(char **words);

#endif
