/* SPDX-License-Identifier: Apache-2.0 */
#include "socket_listeners.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "sock_diag.h"
#include "socket_keys.h"

#define LISTEN_STATE 10

/* A host has dozens of listening ports. */
#define LISTENERS 4096

int socket_listeners_open(struct socket_listeners *listeners)
{
	return keyed_rows_open(&listeners->rows, sizeof(struct socket_listener), LISTENERS);
}

void socket_listeners_close(struct socket_listeners *listeners)
{
	keyed_rows_close(&listeners->rows);
}

/* Fuller is nearer to its limit, or further above it: a / b > c / d without a division. A limit may be 0. */
static bool is_fuller(uint64_t length, uint64_t limit, const struct socket_listener *than)
{
	return length * (than->fullest_limit + 1ULL) > than->fullest_length * (limit + 1ULL);
}

static void add_queue(struct socket_listener *listener, uint32_t length, uint32_t limit)
{
	if (!listener->sockets || is_fuller(length, limit, listener)) {
		listener->fullest_length = length;
		listener->fullest_limit = limit;
	}
	listener->length += length;
	listener->limit += limit;
	listener->sockets++;
}

/* Of a listening socket, idiag_rqueue is the accept queue and idiag_wqueue its limit (tcp_diag_get_info). */
static void take(void *context, const struct sock_diag_entry *entry)
{
	struct socket_listeners *listeners = context;
	const struct inet_diag_msg *socket = entry->socket;
	struct row_key key = { .port = ntohs(socket->id.idiag_sport) };
	struct socket_listener *listener;

	row_key_address(&key, socket->idiag_family, socket->id.idiag_src);
	listener = keyed_rows_get(&listeners->rows, &key);
	add_queue(listener ? listener : &listeners->overflow, socket->idiag_rqueue, socket->idiag_wqueue);
	socket_ports_add(listeners->ports, key.port);
}

int socket_listeners_take(struct socket_listeners *listeners, int fd, struct socket_ports *ports, uint64_t now_ns)
{
	struct sock_diag_dump dump = { .states = 1 << LISTEN_STATE, .take = take, .context = listeners };

	keyed_rows_empty(&listeners->rows);
	memset(&listeners->overflow, 0, sizeof(listeners->overflow));
	listeners->ports = ports;
	socket_ports_begin(ports, now_ns);
	return sock_diag_run(fd, &dump);
}

static int send_listener(const struct socket_listener *listener, bool overflow, const struct socket_netns *netns,
			 struct frame_buffer *out)
{
	struct socket_listener_record record = {
		.time_unix_ns = clock_realtime_ns(),
		.netns = *netns,
		.length = listener->length,
		.limit = listener->limit,
		.fullest_length = listener->fullest_length,
		.fullest_limit = listener->fullest_limit,
		.sockets = listener->sockets,
		.port = listener->key.port,
		.ip_version = listener->key.ip_version,
		.overflow = overflow,
	};

	memcpy(record.address, listener->key.address, sizeof(record.address));
	return frame_append(out, FRAME_SOCKET_LISTENER, &record, sizeof(record));
}

/* Those with the longest queues have precedence; among empty ones, whichever the kernel lists first, as it always does.
 */
static uint64_t weight(const void *row)
{
	return ((const struct socket_listener *)row)->fullest_length;
}

static void add_listener(void *context, const void *row)
{
	const struct socket_listener *listener = row;
	struct socket_listener *sum = context;

	add_queue(sum, listener->fullest_length, listener->fullest_limit);
	sum->length += listener->length - listener->fullest_length;
	sum->limit += listener->limit - listener->fullest_limit;
	sum->sockets += listener->sockets - 1;
}

int socket_listeners_send(struct socket_listeners *listeners, uint32_t most, const struct socket_netns *netns,
			  struct frame_buffer *out)
{
	const void *top[LISTENERS];
	uint32_t sent = keyed_rows_top(&listeners->rows, weight, top, most);
	int err = 0;

	for (uint32_t i = 0; i < sent && !err; i++)
		err = send_listener(top[i], false, netns, out);
	keyed_rows_rest(&listeners->rows, add_listener, &listeners->overflow);
	if (!err && listeners->overflow.sockets)
		err = send_listener(&listeners->overflow, true, netns, out);
	return err;
}
