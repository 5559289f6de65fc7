/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "../bpf/stack_latency.h"

const char *const program_names[PROGRAMS] = { "stack_latency", "tcp_connect" };

const char *const stage_names[STACK_STAGES] = {
	[STAGE_IP_START] = "ip-start",
	[STAGE_TCP_START] = "tcp-start",
	[STAGE_UDP_START] = "udp-start",
	[STAGE_TCP_SOCKET_ENQUEUED] = "tcp-socket-enqueued",
	[STAGE_UDP_SOCKET_ENQUEUED] = "udp-socket-enqueued",
	[STAGE_TCP_SOCKET_READ] = "tcp-socket-read",
	[STAGE_UDP_SOCKET_READ] = "udp-socket-read",
};

enum option_kind { KIND_PROGRAM, KIND_INTEGER, KIND_BOOLEAN, KIND_STAGES };

#define STACK	 (1u << PROGRAM_STACK_LATENCY)
#define CONNECT	 (1u << PROGRAM_TCP_CONNECT)
#define ALL	 (STACK | CONNECT)
#define NS_DAY	 86400000000000
#define MS_DAY	 86400000
#define MS_LEAST 10

/* One row says all about an option: what it is, who has it, where it goes. */
static const struct option_row {
	const char *name;
	enum option_kind kind;
	unsigned int programs;
	size_t offset;
	long long least, most;
	const char *help;
} rows[] = {
	{ "program", KIND_PROGRAM, ALL, offsetof(struct options, program), 0, 0, "what to measure; required" },
	{ "interval_ms", KIND_INTEGER, ALL, offsetof(struct options, interval_ms), MS_LEAST, MS_DAY,
	  "time between histograms or statistics; default 5000" },
	{ "run_stats", KIND_BOOLEAN, ALL, offsetof(struct options, run_stats), 0, 0,
	  "send the run time of each BPF program every interval; default false" },
	{ "stages", KIND_STAGES, STACK, offsetof(struct options, stages), 0, 0,
	  "stages to measure; default all seven" },
	{ "own_namespace", KIND_BOOLEAN, STACK, offsetof(struct options, own_namespace), 0, 0,
	  "count at sockets of this network namespace only; default false" },
	{ "min_latency_ns", KIND_INTEGER, CONNECT, offsetof(struct options, min_latency_ns), 0, NS_DAY,
	  "send only connects that took as long; default 0" },
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

static int set_program(const struct option_row *row, const json_t *value, void *field, const struct problem *problem)
{
	int program;

	if (!json_is_string(value))
		return REFUSE(problem, "\"%s\" must be a text", row->name);
	program = find_name(program_names, PROGRAMS, json_string_value(value));
	if (program < 0)
		return REFUSE(problem, "\"%s\" is \"%.40s\"; allowed are stack_latency and tcp_connect", row->name,
			      json_string_value(value));
	*(enum program_id *)field = program;
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
	return 0;
}

int options_parse(const char *line, size_t length, struct options *options, char *problem_text, size_t problem_bytes)
{
	const struct problem problem = { problem_text, problem_bytes };
	json_error_t error;
	json_t *object;
	int err;

	*options = (struct options){ .interval_ms = 5000, .stages = (1ULL << STACK_STAGES) - 1 };
	object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		return REFUSE(&problem, "the options are not valid JSON: %s", error.text);
	err = set_options(object, options, &problem);
	json_decref(object);
	return err;
}

int options_read(int fd, struct options *options, char *problem_text, size_t problem_bytes)
{
	const struct problem problem = { problem_text, problem_bytes };
	char line[OPTIONS_LINE_BYTES];
	size_t length = 0;

	/* A byte at a time, so that nothing behind the line is taken; it happens once. */
	for (;;) {
		ssize_t got = read(fd, line + length, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return REFUSE(&problem, "cannot read the options: %s", strerror(errno));
		if (!got || line[length] == '\n')
			break;
		if (++length == sizeof(line))
			return REFUSE(&problem, "the line of options is longer than %d bytes", OPTIONS_LINE_BYTES - 1);
	}
	if (!length)
		return REFUSE(&problem, "no options on standard input");
	return options_parse(line, length, options, problem_text, problem_bytes);
}

void options_help(FILE *out)
{
	for (size_t i = 0; i < ROWS; i++) {
		const char *only = rows[i].programs == STACK	 ? " (stack_latency)"
				   : rows[i].programs == CONNECT ? " (tcp_connect)"
								 : "";

		fprintf(out, "  %-15s %s%s\n", rows[i].name, rows[i].help, only);
	}
}
