/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <string.h>

#include <jansson.h>

#include "../bpf/stack_latency.h"
#include "filter_options.h"
#include "../bpf/tcp_connect_map.h"
#include "../bpf/tcp_events.h"
#include "../bpf/tcp_life_map.h"

const char *const program_names[PROGRAMS] = { "stack_latency", "tcp_connect", "tcp_life", "tcp_events",
					      "sockets",       "nic",	      "capture" };

const char *const tier_names[TIERS] = { "auto", "tracing", "kprobe", "hook" };

const char *const stage_names[STACK_STAGES] = {
	[STAGE_IP_START] = "ip-start",
	[STAGE_TCP_START] = "tcp-start",
	[STAGE_UDP_START] = "udp-start",
	[STAGE_TCP_SOCKET_ENQUEUED] = "tcp-socket-enqueued",
	[STAGE_UDP_SOCKET_ENQUEUED] = "udp-socket-enqueued",
	[STAGE_TCP_SOCKET_READ] = "tcp-socket-read",
	[STAGE_UDP_SOCKET_READ] = "udp-socket-read",
	[STAGE_SOFTIRQ_RAISED] = "softirq-raised",
	[STAGE_NAPI_POLL] = "napi-poll",
	[STAGE_QDISC] = "qdisc",
	[STAGE_DRIVER] = "driver",
};

enum option_kind {
	KIND_PROGRAM,
	KIND_INTEGER,
	KIND_BOOLEAN,
	KIND_STAGES,
	KIND_TIER,
	KIND_EVENTS,
	KIND_FILTER,
	KIND_GROUP_BY,
	KIND_NAMESPACES,
	KIND_INTERFACES,
	KIND_TEXT
};

#define STACK	 (1u << PROGRAM_STACK_LATENCY)
#define CONNECT	 (1u << PROGRAM_TCP_CONNECT)
#define LIFE	 (1u << PROGRAM_TCP_LIFE)
#define EVENTS	 (1u << PROGRAM_TCP_EVENTS)
#define SOCKETS	 (1u << PROGRAM_SOCKETS)
#define CAPTURE	 (1u << PROGRAM_CAPTURE)
#define NIC	 (1u << PROGRAM_NIC)
#define BPF	 (STACK | CONNECT | LIFE | EVENTS)
#define ALL	 (BPF | SOCKETS | NIC | CAPTURE)
#define NS_DAY	 86400000000000
#define MS_DAY	 86400000
#define MS_LEAST 10

/* Of one packet, as for tcpdump. */
#define SNAPLEN_MOST 262144

/* Attempts or connections: 160 MB of the kernel's memory. */
#define MOST_FOLLOWED 1048576

#define NUMBER(name, programs, least, most, preset, help)                                                              \
	{                                                                                                              \
#name, KIND_INTEGER, programs, offsetof(struct options, name), least, most, preset, help               \
	}

/* One row says all about an option: what it is, who has it, where it goes, and, of a number, what it is by default. */
static const struct option_row {
	const char *name;
	enum option_kind kind;
	unsigned int programs;
	size_t offset;
	long long least, most, preset;
	const char *help;
} rows[] = {
	{ "program", KIND_PROGRAM, ALL, offsetof(struct options, program), 0, 0, 0, "what to measure; required" },
	NUMBER(interval_ms, ALL, MS_LEAST, MS_DAY, 5000, "time between histograms or statistics"),
	{ "run_stats", KIND_BOOLEAN, BPF, offsetof(struct options, run_stats), 0, 0, 0,
	  "send the run time of each BPF program every interval; default false" },
	{ "stages", KIND_STAGES, STACK, offsetof(struct options, stages), 0, 0, 0,
	  "stages to measure; default the seven of the receive path" },
	{ "attach", KIND_TIER, STACK, offsetof(struct options, attach), 0, 0, 0,
	  "auto (default), or only by tracing, kprobe or hook" },
	{ "own_namespace", KIND_BOOLEAN, STACK | EVENTS, offsetof(struct options, own_namespace), 0, 0, 0,
	  "count in this network namespace only; default false" },
	{ "filter", KIND_FILTER, STACK, offsetof(struct options, filter), 0, 0, 0,
	  "which packets count, as {\"local_ports\":[80]}; default all" },
	{ "group_by", KIND_GROUP_BY, STACK, offsetof(struct options, group_by), 0, 0, 0,
	  "a histogram for each interface, cgroup, netns or local_port; default none" },
	NUMBER(max_groups, STACK, 1, MAX_GROUPS, 64, "groups of each stage; the rest counts together"),
	NUMBER(group_idle_ms, STACK, MS_LEAST, MS_DAY, 60000, "a group that was silent for so long makes room"),
	NUMBER(min_latency_ns, CONNECT, 0, NS_DAY, 0, "send only connects that took as long"),
	NUMBER(max_in_flight, CONNECT, 1, MOST_FOLLOWED, TCP_CONNECT_ATTEMPTS,
	       "attempts without an end that there is room for"),
	NUMBER(max_connections, LIFE, 1, MOST_FOLLOWED, TCP_LIFE_CONNECTIONS,
	       "open connections that there is room for"),
	NUMBER(min_duration_ns, LIFE, 0, NS_DAY, 0, "send only connections that were open as long"),
	NUMBER(report_interval_ms, LIFE, 0, MS_DAY, 0, "time between reports on an open connection; 0: none"),
	{ "events", KIND_EVENTS, EVENTS, offsetof(struct options, wanted_events), 0, 0, 0,
	  "retransmit, reset, drop: what to send one by one; default none" },
	NUMBER(max_events_per_second, EVENTS, 1, 10000, 100, "what comes beyond is only counted"),
	{ "namespaces", KIND_NAMESPACES, SOCKETS, offsetof(struct options, namespaces), 0, 0, 0,
	  "own (default), all, or a list of names below /run/netns" },
	NUMBER(census_interval_ms, SOCKETS, 1000, MS_DAY, 30000, "time between two counts of all sockets"),
	NUMBER(census_cpu_percent, SOCKETS, 1, 100, 1, "of one processor; a census that costs more comes less often"),
	NUMBER(idle_ms, SOCKETS, 1, MS_DAY, 300000, "a connection without data for so long is idle"),
	NUMBER(max_listeners, SOCKETS, 1, 4096, 256, "of each network namespace; the rest counts together"),
	NUMBER(max_ports, SOCKETS, 1, 1024, 64, "of each network namespace; the rest counts together"),
	NUMBER(max_peers, SOCKETS, 0, 1024, 20, "of each network namespace; the rest counts together"),
	{ "interfaces", KIND_INTERFACES, NIC, offsetof(struct options, interfaces), 0, 0, 0,
	  "names; default those with a device behind them" },
	{ "all_statistics", KIND_BOOLEAN, NIC, offsetof(struct options, all_statistics), 0, 0, 0,
	  "of drivers, not only those that tell of trouble; default false" },
	NUMBER(max_statistics, NIC, 1, 8192, 256, "of each interface"),
	{ "interface", KIND_TEXT, CAPTURE, offsetof(struct options, interface), 1, INTERFACE_TEXT_BYTES - 1, 0,
	  "where to capture; any for all; required" },
	{ "expression", KIND_TEXT, CAPTURE, offsetof(struct options, expression), 0, EXPRESSION_BYTES - 1, 0,
	  "which packets, as in tcp port 80, pcap-filter(7); default all" },
	NUMBER(snaplen, CAPTURE, 64, SNAPLEN_MOST, SNAPLEN_MOST, "bytes kept of each packet"),
	{ "promiscuous", KIND_BOOLEAN, CAPTURE, offsetof(struct options, promiscuous), 0, 0, 0,
	  "also packets that are for others; default false" },
	NUMBER(buffer_bytes, CAPTURE, 64 << 10, 1 << 30, 16 << 20, "what the kernel may hold until it is read"),
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

struct problem {
	char *text;
	size_t bytes;
};

#define REFUSE(problem, ...) (snprintf((problem)->text, (problem)->bytes, __VA_ARGS__), -1)

/* Index of a name in a list, or -1. */
static int find_name(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

static int set_integer(const struct option_row *row, const json_t *value, void *field, const struct problem *problem)
{
	long long number;

	if (!json_is_integer(value))
		return REFUSE(problem, "\"%s\" must be a whole number", row->name);
	number = json_integer_value(value);
	if (number < row->least || number > row->most)
		return REFUSE(problem, "\"%s\" is %lld; allowed is %lld to %lld", row->name, number, row->least,
			      row->most);
	*(uint64_t *)field = number;
	return 0;
}

static int set_text(const struct option_row *row, const json_t *value, void *field, const struct problem *problem)
{
	const char *text = json_is_string(value) ? json_string_value(value) : NULL;
	long long length = text ? (long long)strlen(text) : -1;

	if (length < row->least || length > row->most)
		return REFUSE(problem, "\"%s\" must be a text of %lld to %lld bytes", row->name, row->least, row->most);
	memcpy(field, text, length + 1);
	return 0;
}

static int set_stages(const struct option_row *row, const json_t *value, void *field, const struct problem *problem)
{
	uint64_t stages = 0;
	const json_t *entry;
	size_t i;

	if (!json_is_array(value) || !json_array_size(value))
		return REFUSE(problem, "\"%s\" must be a list of at least one stage", row->name);
	json_array_foreach (value, i, entry) {
		int stage;

		if (!json_is_string(entry))
			return REFUSE(problem, "\"%s\" holds an entry that is no text", row->name);
		stage = find_name(stage_names, STACK_STAGES, json_string_value(entry));
		if (stage < 0)
			return REFUSE(problem, "\"%s\" holds \"%.40s\", which is no stage", row->name,
				      json_string_value(entry));
		stages |= 1ULL << stage;
	}
	*(uint64_t *)field = stages;
	return 0;
}

/* Which kinds of occurrence each name stands for. */
static int set_events(const struct option_row *row, const json_t *value, void *field, const struct problem *problem)
{
	static const char *const names[] = { "retransmit", "reset", "drop" };
	static const uint64_t kinds[] = { 1 << EVENT_RETRANSMIT, 1 << EVENT_RESET_SENT | 1 << EVENT_RESET_RECEIVED,
					  1 << EVENT_DROP };
	const json_t *entry;
	uint64_t wanted = 0;
	size_t i;

	if (!json_is_array(value))
		return REFUSE(problem, "\"%s\" must be a list", row->name);
	json_array_foreach (value, i, entry) {
		int name = json_is_string(entry) ? find_name(names, 3, json_string_value(entry)) : -1;

		if (name < 0)
			return REFUSE(problem, "\"%s\" may hold retransmit, reset and drop", row->name);
		wanted |= kinds[name];
	}
	*(uint64_t *)field = wanted;
	return 0;
}

static int set_program(const struct option_row *row, const json_t *value, void *field, const struct problem *problem)
{
	int program;

	if (!json_is_string(value))
		return REFUSE(problem, "\"%s\" must be a text", row->name);
	program = find_name(program_names, PROGRAMS, json_string_value(value));
	if (program < 0)
		return REFUSE(problem, "\"%s\" is \"%.40s\", which is none", row->name, json_string_value(value));
	*(enum program_id *)field = program;
	return 0;
}

static int set_tier(const struct option_row *row, const json_t *value, void *field, const struct problem *problem)
{
	int tier = json_is_string(value) ? find_name(tier_names, TIERS, json_string_value(value)) : -1;

	if (tier < 0)
		return REFUSE(problem, "\"%s\" must be auto, tracing, kprobe or hook", row->name);
	*(enum tier *)field = tier;
	return 0;
}

static int set_option(const struct option_row *row, const json_t *value, struct options *options,
		      const struct problem *problem)
{
	void *field = (char *)options + row->offset;

	switch (row->kind) {
	case KIND_PROGRAM:
		return set_program(row, value, field, problem);
	case KIND_INTEGER:
		return set_integer(row, value, field, problem);
	case KIND_STAGES:
		return set_stages(row, value, field, problem);
	case KIND_TIER:
		return set_tier(row, value, field, problem);
	case KIND_EVENTS:
		return set_events(row, value, field, problem);
	case KIND_FILTER:
		return filter_options_set(value, field, problem->text, problem->bytes);
	case KIND_GROUP_BY:
		return group_by_set(value, field, problem->text, problem->bytes);
	case KIND_INTERFACES:
		return interfaces_set(value, field, problem->text, problem->bytes);
	case KIND_NAMESPACES:
		return namespaces_set(value, field, problem->text, problem->bytes);
	case KIND_TEXT:
		return set_text(row, value, field, problem);
	case KIND_BOOLEAN:
		if (!json_is_boolean(value))
			return REFUSE(problem, "\"%s\" must be true or false", row->name);
		*(bool *)field = json_is_true(value);
		return 0;
	}
	return -1;
}

static const struct option_row *find_row(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static int set_options(json_t *object, struct options *options, const struct problem *problem)
{
	const json_t *program;
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return REFUSE(problem, "the options must be one JSON object");
	program = json_object_get(object, "program");
	if (!program)
		return REFUSE(problem, "\"program\" is missing");
	if (set_program(&rows[0], program, &options->program, problem))
		return -1;
	json_object_foreach (object, name, value) {
		const struct option_row *row = find_row(name);

		if (!row || !(row->programs & 1u << options->program))
			return REFUSE(problem, "%s has no option \"%.40s\"", program_names[options->program], name);
		if (set_option(row, value, options, problem))
			return -1;
	}
	if (options->program == PROGRAM_CAPTURE && !options->interface[0])
		return REFUSE(problem, "\"interface\" is missing");
	return 0;
}

static void set_defaults(struct options *options)
{
	*options = (struct options){
		.stages = (1ULL << STACK_RECEIVE_STAGES) - 1,
		.namespaces = { .own = true },
	};
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].kind == KIND_INTEGER)
			*(uint64_t *)((char *)options + rows[i].offset) = rows[i].preset;
}

int options_parse(const char *line, size_t length, struct options *options, char *problem_text, size_t problem_bytes)
{
	const struct problem problem = { problem_text, problem_bytes };
	json_error_t error;
	json_t *object;
	int err;

	set_defaults(options);
	object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		return REFUSE(&problem, "the options are not valid JSON: %s", error.text);
	err = set_options(object, options, &problem);
	json_decref(object);
	return err;
}

/* The program that alone has an option; NULL: several do. */
static const char *only_program(const struct option_row *row)
{
	for (int i = 0; i < PROGRAMS; i++)
		if (row->programs == 1u << i)
			return program_names[i];
	return NULL;
}

void options_help(FILE *out)
{
	for (size_t i = 0; i < ROWS; i++) {
		const char *only = only_program(&rows[i]);

		fprintf(out, "  %-21s %s", rows[i].name, rows[i].help);
		if (rows[i].kind == KIND_INTEGER)
			fprintf(out, "; default %lld", rows[i].preset);
		fprintf(out, only ? " (%s)\n" : "\n", only);
	}
}
