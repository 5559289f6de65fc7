/* SPDX-License-Identifier: Apache-2.0 */
#include "socket_census.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "exponential.h"
#include "sock_diag.h"
#include "socket_keys.h"

/* Rows that are counted before the largest are chosen; a host with more peers than that has a few MiB of them here. */
#define GROUPS 4096
#define PEERS  65536

/* inet_diag's idiag_timer. */
#define TIMER_RETRANSMIT 1
#define TIMER_KEEPALIVE	 2

/* After so many messages of the kernel, of 70 to 300 sockets each, others may have the processor for a moment. */
#define PAUSE_MESSAGES 64
#define PAUSE_MS       2

enum { ESTABLISHED = 1, FIN_WAIT_1 = 4, FIN_WAIT_2 = 5, LISTEN = 10 };

int socket_census_open(struct socket_census *census, const struct options *options)
{
	int err;

	memset(census, 0, sizeof(*census));
	census->options = options;
	census->start_unix_ns = census->before_unix_ns = clock_realtime_ns();
	exponential_slices(census->slices);
	err = keyed_rows_open(&census->groups, sizeof(struct socket_group), GROUPS);
	return err ? err : keyed_rows_open(&census->peers, sizeof(struct socket_peer), PEERS);
}

void socket_census_close(struct socket_census *census)
{
	keyed_rows_close(&census->groups);
	keyed_rows_close(&census->peers);
}

static void forget(struct socket_census *census)
{
	keyed_rows_empty(&census->groups);
	keyed_rows_empty(&census->peers);
	memset(census->group_overflow, 0, sizeof(census->group_overflow));
	memset(census->peer_overflow, 0, sizeof(census->peer_overflow));
	memset(census->times, 0, sizeof(census->times));
	memset(census->states, 0, sizeof(census->states));
	census->messages = 0;
}

static void count_time(const struct socket_census *census, struct socket_times_count *times, uint64_t ns)
{
	unsigned int cell;

	times->sum_ns += ns;
	if (!ns) {
		times->zero_count++;
		return;
	}
	cell = histogram_cell(ns, census->slices);
	times->buckets[cell < SOCKET_BUCKETS ? cell : SOCKET_BUCKETS - 1]++;
}

/* An established connection: how long nothing has come or gone, and how far away its peer is. */
static void count_times(struct socket_census *census, enum socket_role role, const struct sock_diag_entry *entry,
			struct socket_group_counts *counts)
{
	const struct tcp_info *info = entry->info;
	uint64_t idle_ms = info->tcpi_last_data_sent;

	if (info->tcpi_last_data_recv < idle_ms)
		idle_ms = info->tcpi_last_data_recv;
	count_time(census, &census->times[SOCKET_IDLE_TIME][role], idle_ms * NS_PER_MS);
	count_time(census, &census->times[SOCKET_RTT][role], info->tcpi_rtt * 1000ULL);
	if (idle_ms >= census->options->idle_ms && entry->socket->idiag_timer != TIMER_KEEPALIVE)
		counts->idle++;
}

static void count_info(struct socket_census *census, enum socket_role role, const struct sock_diag_entry *entry,
		       struct socket_group_counts *counts)
{
	uint8_t state = entry->socket->idiag_state;

	if (state == ESTABLISHED && SOCK_DIAG_HAS(entry, tcpi_rtt))
		count_times(census, role, entry, counts);
	if (SOCK_DIAG_HAS(entry, tcpi_total_retrans))
		counts->retransmits += entry->info->tcpi_total_retrans;
	if (SOCK_DIAG_HAS(entry, tcpi_segs_out))
		counts->segments_sent += entry->info->tcpi_segs_out;
	if (!SOCK_DIAG_HAS(entry, tcpi_data_segs_in))
		return;
	counts->informed++;
	if (!entry->info->tcpi_data_segs_in && (state == ESTABLISHED || state == FIN_WAIT_1 || state == FIN_WAIT_2))
		counts->silent++;
}

static void count_group(struct socket_census *census, enum socket_role role, const struct sock_diag_entry *entry,
			struct socket_group_counts *counts)
{
	const struct inet_diag_msg *socket = entry->socket;

	counts->states[socket->idiag_state]++;
	counts->unread += socket->idiag_rqueue > 0;
	counts->unread_bytes += socket->idiag_rqueue;
	counts->unsent += socket->idiag_wqueue > 0;
	counts->unsent_bytes += socket->idiag_wqueue;
	counts->retransmitting += socket->idiag_timer == TIMER_RETRANSMIT && socket->idiag_retrans > 0;
	if (entry->info)
		count_info(census, role, entry, counts);
}

static void count_connection(struct socket_census *census, const struct sock_diag_entry *entry,
			     struct row_key *peer_key)
{
	const struct inet_diag_msg *socket = entry->socket;
	uint16_t local = ntohs(socket->id.idiag_sport), remote = ntohs(socket->id.idiag_dport);
	enum socket_role role = socket_ports_role(census->ports, local, remote);
	struct row_key group_key = { .port = role == SOCKET_SERVER ? local : remote, .role = role };
	struct socket_group *group = keyed_rows_get(&census->groups, &group_key);
	struct socket_peer *peer;

	count_group(census, role, entry, &(group ? group : &census->group_overflow[role])->counts);
	if (!census->options->max_peers)
		return;
	peer_key->port = group_key.port;
	peer_key->role = role;
	peer = keyed_rows_get(&census->peers, peer_key);
	if (!peer)
		peer = &census->peer_overflow[role];
	peer->states[socket->idiag_state]++;
	peer->sockets++;
}

static void take(void *context, const struct sock_diag_entry *entry)
{
	const struct inet_diag_msg *socket = entry->socket;
	struct socket_census *census = context;
	struct row_key peer = { 0 };

	if (socket->idiag_state >= SOCKET_STATES)
		return;
	row_key_address(&peer, socket->idiag_family, socket->id.idiag_dst);
	/* A listening socket has no peer: its own address tells what it accepts. */
	if (socket->idiag_state == LISTEN) {
		struct row_key own = { 0 };

		row_key_address(&own, socket->idiag_family, socket->id.idiag_src);
		census->states[own.ip_version == 6][LISTEN]++;
		return;
	}
	census->states[peer.ip_version == 6][socket->idiag_state]++;
	count_connection(census, entry, &peer);
}

/* Lets others run, and sees whether the agent has closed standard input. */
static bool pause_census(void *context)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLRDHUP };
	struct socket_census *census = context;

	return ++census->messages % PAUSE_MESSAGES == 0 && poll(&input, 1, PAUSE_MS) > 0 &&
	       input.revents & (POLLHUP | POLLRDHUP);
}

int socket_census_take(struct socket_census *census, int fd, const struct socket_ports *ports)
{
	struct sock_diag_dump dump = {
		.states = SOCK_DIAG_ALL_STATES,
		.with_info = true,
		.take = take,
		.pause = pause_census,
		.context = census,
	};
	int err;

	forget(census);
	census->ports = ports;
	err = sock_diag_run(fd, &dump);
	census->interrupted += dump.interrupted;
	census->failed += err && err != -ECANCELED;
	return err;
}
