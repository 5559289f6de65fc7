/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the TCP sockets of network namespaces: accept queues at each interval, all sockets more slowly. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "host.h"
#include "log.h"
#include "net_namespaces.h"
#include "program.h"
#include "sock_diag.h"
#include "socket_census.h"
#include "socket_listeners.h"

struct sockets_state {
	struct net_namespaces namespaces;
	struct socket_listeners listeners;
	struct socket_census census;
	uint64_t next_census_ns;
	bool census_now;
	bool said_costly, said_failed;
	struct failure denied; /* why other namespaces cannot be looked into; code NULL: they can, or are not wanted */
};

static uint64_t capabilities(const struct options *options, bool running)
{
	(void)running; /* namespaces come and go all the time */
	return net_namespaces_capabilities(&options->namespaces);
}

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static bool only_own(const struct options *options)
{
	return !options->namespaces.all && !options->namespaces.count;
}

/* One namespace, from inside. Returns 0 or a negative errno of the output; what the kernel refuses is only counted. */
static int count(struct run *run, const struct net_namespace *entry, int fd)
{
	struct sockets_state *state = run->state;
	struct socket_netns netns = { .inode = only_own(&run->options) ? 0 : entry->inode };
	int err = socket_listeners_take(&state->listeners, fd, entry->state, clock_monotonic_ns());

	memcpy(netns.name, entry->name, sizeof(netns.name));
	if (!err && state->census_now)
		err = socket_census_take(&state->census, fd, entry->state);
	if (err) {
		if (err != -ECANCELED && !state->said_failed)
			log_warn("other", "the kernel did not list all sockets: %s", strerror(-err));
		state->said_failed = true;
		return 0;
	}
	err = socket_listeners_send(&state->listeners, run->options.max_listeners, &netns, &run->out);
	if (!err && state->census_now)
		err = socket_census_send(&state->census, &netns, &run->out);
	return err;
}

static int look_into(struct net_namespace *entry, void *context)
{
	int fd = sock_diag_open();
	int err = 0;

	if (fd < 0)
		return 0;
	if (!entry->state)
		entry->state = calloc(1, sizeof(struct socket_ports));
	if (entry->state)
		err = count(context, entry, fd);
	close(fd);
	return err;
}

/* A namespace that is gone since it was found is none any more: what entering it says does not matter. */
static int look_into_all(struct run *run)
{
	struct sockets_state *state = run->state;
	int err = 0;

	for (uint32_t i = 0; i < state->namespaces.count && err != -EPIPE; i++)
		err = net_namespace_with(&state->namespaces, &state->namespaces.entries[i], look_into, run);
	return err == -EPIPE ? err : 0;
}

/* As often as asked for, or so rarely that it takes no more of the processor than it may. */
static uint64_t census_interval_ns(struct run *run, uint64_t cost_ns)
{
	struct sockets_state *state = run->state;
	uint64_t wanted = run->options.census_interval_ms * NS_PER_MS;
	uint64_t allowed = cost_ns * 100 / run->options.census_cpu_percent;

	if (allowed <= wanted)
		return wanted;
	if (!state->said_costly)
		log_warn("census_stretched",
			 "counting %llu sockets takes %llu ms of processor time, so it is done every %llu s instead of "
			 "%llu s (census_cpu_percent)",
			 (unsigned long long)state->census.sockets, (unsigned long long)(cost_ns / NS_PER_MS),
			 (unsigned long long)(allowed / NS_PER_S), (unsigned long long)(wanted / NS_PER_S));
	state->said_costly = true;
	return allowed;
}

static int take_census(struct run *run)
{
	struct sockets_state *state = run->state;
	struct socket_census *census = &state->census;
	uint64_t begun = clock_monotonic_ns(), cpu_begun = cpu_ns();
	struct socket_census_record record = { .start_unix_ns = census->start_unix_ns };
	int err;

	net_namespaces_refresh(&state->namespaces);
	census->sockets = 0;
	state->census_now = true;
	err = look_into_all(run);
	state->census_now = false;
	record.cpu_ns = cpu_ns() - cpu_begun;
	record.duration_ns = clock_monotonic_ns() - begun;
	record.interval_ns = census_interval_ns(run, record.cpu_ns);
	record.time_unix_ns = census->before_unix_ns = clock_realtime_ns();
	record.sockets = census->sockets;
	record.interrupted = census->interrupted;
	record.failed = census->failed;
	record.namespaces = state->namespaces.count;
	/* Ticks come at whole intervals: the one that is nearest. */
	state->next_census_ns = begun + record.interval_ns - run->options.interval_ms * NS_PER_MS / 2;
	return err ? err : frame_append(&run->out, FRAME_SOCKET_CENSUS, &record, sizeof(record));
}

static int report(struct run *run, bool last)
{
	struct sockets_state *state = run->state;

	struct socket_tick_record tick;
	int err;

	if (last)
		return 0;
	err = clock_monotonic_ns() >= state->next_census_ns ? take_census(run) : look_into_all(run);
	tick.time_unix_ns = clock_realtime_ns();
	return err ? err : frame_append(&run->out, FRAME_SOCKET_TICK, &tick, sizeof(tick));
}

static int nothing(struct net_namespace *entry, void *context)
{
	(void)entry;
	(void)context;
	return 0;
}

/* Tries each namespace that was found; who wants them all and finds only the own one was not let see the others. */
static void try_namespaces(struct sockets_state *state)
{
	const struct namespaces_wanted *wanted = &state->namespaces.wanted;
	uint64_t needed = net_namespaces_capabilities(wanted);
	int err = host_missing(needed) && wanted->all ? -EPERM : 0;

	for (uint32_t i = 0; i < state->namespaces.count && !err; i++)
		err = net_namespace_with(&state->namespaces, &state->namespaces.entries[i], nothing, NULL);
	if (err == -EPERM || err == -EACCES)
		host_explain(&state->denied, "looking into other network namespaces", err, needed);
}

/* Without this in the own namespace there is nothing to do here; the kernel may come without it. */
static int try_sock_diag(struct sockets_state *state)
{
	static struct socket_ports ports;
	int fd = sock_diag_open();
	int err = fd < 0 ? fd : socket_listeners_take(&state->listeners, fd, &ports, clock_monotonic_ns());

	if (fd >= 0)
		close(fd);
	if (!err)
		return 0;
	log_error("other", "this kernel does not list TCP sockets by netlink (CONFIG_INET_DIAG): %s", strerror(-err));
	return -EOPNOTSUPP;
}

static int start(struct run *run)
{
	struct sockets_state *state = calloc(1, sizeof(*state));
	int err;

	if (!state)
		return -ENOMEM;
	run->state = state;
	state->namespaces.own_fd = -1;
	err = socket_listeners_open(&state->listeners);
	err = err ? err : socket_census_open(&state->census, &run->options);
	err = err ? err : try_sock_diag(state);
	err = err ? err : net_namespaces_open(&state->namespaces, &run->options.namespaces);
	if (!err)
		try_namespaces(state);
	return err;
}

static json_t *part(const char *name, const char *covers)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:{}}", "part", name, "state", "live", "attach", "sock_diag", "covers",
			 covers, "refused");
}

static json_t *denied_part(const char *name, const char *covers, const struct failure *failure)
{
	json_t *object = part(name, covers);

	json_object_set_new(object, "state", json_string("denied"));
	json_object_set_new(object, "code", json_string(failure->code));
	json_object_set_new(object, "detail", json_string(failure->detail));
	return object;
}

static bool is_found(const struct net_namespaces *namespaces, const char *name)
{
	for (uint32_t i = 0; i < namespaces->count; i++)
		if (!strcmp(namespaces->entries[i].name, name))
			return true;
	return false;
}

static void describe_missing(const struct net_namespaces *namespaces, json_t *parts)
{
	for (uint32_t i = 0; i < namespaces->wanted.count; i++) {
		const char *name = namespaces->wanted.names[i];
		struct failure failure = { .code = "other" };
		char label[NAMESPACE_NAME_BYTES + 16];

		if (is_found(namespaces, name))
			continue;
		snprintf(label, sizeof(label), "namespace %s", name);
		snprintf(failure.detail, sizeof(failure.detail),
			 "there is no network namespace /run/netns/%s now; it is looked for at each census", name);
		json_array_append_new(parts, denied_part(label, "its sockets", &failure));
	}
}

static json_t *describe(const struct run *run)
{
	const struct sockets_state *state = run->state;
	json_t *parts = json_array();

	json_array_append_new(parts, part("listeners", "accept queues of listening TCP sockets"));
	json_array_append_new(parts, part("census", "all TCP sockets, IPv4 and IPv6"));
	if (only_own(&run->options))
		return parts;
	json_array_append_new(parts, state->denied.code
					     ? denied_part("namespaces", "other network namespaces", &state->denied)
					     : part("namespaces", "other network namespaces"));
	describe_missing(&state->namespaces, parts);
	return parts;
}

static void stop(struct run *run)
{
	struct sockets_state *state = run->state;

	if (!state)
		return;
	socket_listeners_close(&state->listeners);
	socket_census_close(&state->census);
	net_namespaces_close(&state->namespaces);
	free(state);
	run->state = NULL;
}

const struct program sockets_program = {
	.capabilities = capabilities,
	.describe = describe,
	.start = start,
	.report = report,
	.stop = stop,
};
