/* SPDX-License-Identifier: Apache-2.0 */
#include "../options.h"

#include <string.h>
#include <unistd.h>

#include "check.h"

static struct options options;
static char problem[256];

static int parse(const char *line)
{
	problem[0] = '\0';
	return options_parse(line, strlen(line), &options, problem, sizeof(problem));
}

static void accepts_every_option(void)
{
	CHECK(!parse("{\"program\":\"stack_latency\",\"interval_ms\":250,\"run_stats\":true,"
		     "\"own_namespace\":true,\"stages\":[\"ip-start\",\"udp-socket-read\"]}"),
	      "%s", problem);
	CHECK(options.program == PROGRAM_STACK_LATENCY, "%d", options.program);
	CHECK(options.interval_ms == 250, "%d", (int)options.interval_ms);
	CHECK(options.stages == (1 << 0 | 1 << 6), "%x", (unsigned int)options.stages);
	CHECK(options.run_stats, "run_stats was not set");
	CHECK(options.own_namespace, "own_namespace was not set");
	CHECK(!parse("{\"min_latency_ns\":86400000000000,\"program\":\"tcp_connect\"}"), "%s", problem);
	CHECK(options.program == PROGRAM_TCP_CONNECT, "%d", options.program);
	CHECK(options.min_latency_ns == 86400000000000, "%lld", (long long)options.min_latency_ns);
}

static void has_defaults(void)
{
	CHECK(!parse(" {\"program\":\"stack_latency\"} "), "%s", problem);
	CHECK(options.interval_ms == 5000, "%d", (int)options.interval_ms);
	CHECK(options.stages == 0x7f, "%x", (unsigned int)options.stages);
	CHECK(!options.run_stats && !options.min_latency_ns, "something else than 0");
}

static void refuses_what_is_wrong(void)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{ "", "not valid JSON" },
		{ "{", "not valid JSON" },
		{ "{\"program\":\"tcp_connect\"} x", "not valid JSON" },
		{ "{\"program\":\"tcp_connect\",\"program\":\"tcp_connect\"}", "duplicate" },
		{ "[]", "one JSON object" },
		{ "7", "not valid JSON" },
		{ "{}", "\"program\" is missing" },
		{ "{\"program\":7}", "\"program\" must be a text" },
		{ "{\"program\":\"dns\"}", "\"program\" is \"dns\"" },
		{ "{\"program\":\"tcp_connect\",\"intervall_ms\":9}", "no option \"intervall_ms\"" },
		{ "{\"program\":\"tcp_connect\",\"stages\":[\"ip-start\"]}", "no option \"stages\"" },
		{ "{\"program\":\"stack_latency\",\"min_latency_ns\":1}", "no option \"min_latency_ns\"" },
		{ "{\"program\":\"tcp_connect\",\"interval_ms\":\"9\"}", "must be a whole number" },
		{ "{\"program\":\"tcp_connect\",\"interval_ms\":100.5}", "must be a whole number" },
		{ "{\"program\":\"tcp_connect\",\"interval_ms\":9}", "allowed is 10 to 86400000" },
		{ "{\"program\":\"tcp_connect\",\"interval_ms\":86400001}", "allowed is 10 to 86400000" },
		{ "{\"program\":\"tcp_connect\",\"interval_ms\":99999999999999999999}", "not valid JSON" },
		{ "{\"program\":\"tcp_connect\",\"min_latency_ns\":-1}", "allowed is 0 to" },
		{ "{\"program\":\"tcp_connect\",\"run_stats\":1}", "true or false" },
		{ "{\"program\":\"stack_latency\",\"stages\":[]}", "at least one stage" },
		{ "{\"program\":\"stack_latency\",\"stages\":\"ip-start\"}", "at least one stage" },
		{ "{\"program\":\"stack_latency\",\"stages\":[3]}", "no text" },
		{ "{\"program\":\"stack_latency\",\"stages\":[\"ip-stop\"]}", "\"ip-stop\", which is no stage" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK(parse(cases[i].line) == -1, "accepted: %s", cases[i].line);
		CHECK(strstr(problem, cases[i].says), "%s -> %s", cases[i].line, problem);
	}
}

/* A line with any one byte replaced, dropped or doubled either parses or names a problem; the sanitizers watch. */
static void survives_damage(void)
{
	static const char line[] = "{\"program\":\"stack_latency\",\"interval_ms\":5000,\"stages\":[\"tcp-start\"]}";
	static const char bytes[] = "\"{}[],:\\0x7f\xff\x80 \n";
	char damaged[sizeof(line) + 1];

	for (size_t at = 0; at < sizeof(line) - 1; at++)
		for (size_t b = 0; b < sizeof(bytes); b++) {
			memcpy(damaged, line, sizeof(line));
			damaged[at] = bytes[b];
			if (options_parse(damaged, sizeof(line) - 1, &options, problem, sizeof(problem)))
				CHECK(problem[0], "no word about %s", damaged);
			memmove(damaged + at, line + at + 1, sizeof(line) - at - 1);
			if (options_parse(damaged, sizeof(line) - 2, &options, problem, sizeof(problem)))
				CHECK(problem[0], "no word about %s", damaged);
		}
}

static int read_from_pipe(const char *text, size_t length)
{
	int ends[2];
	int err;

	CHECK(!pipe(ends), "no pipe");
	CHECK(write(ends[1], text, length) == (ssize_t)length, "pipe too small");
	close(ends[1]);
	problem[0] = '\0';
	err = options_read(ends[0], &options, problem, sizeof(problem));
	close(ends[0]);
	return err;
}

static void reads_one_line(void)
{
	static const char two_lines[] = "{\"program\":\"tcp_connect\"}\nnot read\n";
	static const char unended[] = "{\"program\":\"tcp_connect\"}";
	char endless[OPTIONS_LINE_BYTES + 1];

	CHECK(!read_from_pipe(two_lines, strlen(two_lines)), "%s", problem);
	CHECK(!read_from_pipe(unended, strlen(unended)), "%s", problem);
	CHECK(read_from_pipe("", 0) == -1 && strstr(problem, "no options"), "%s", problem);
	CHECK(read_from_pipe("\n", 1) == -1 && strstr(problem, "no options"), "%s", problem);
	memset(endless, ' ', sizeof(endless));
	CHECK(read_from_pipe(endless, sizeof(endless)) == -1 && strstr(problem, "longer than"), "%s", problem);
}

int main(void)
{
	accepts_every_option();
	has_defaults();
	refuses_what_is_wrong();
	survives_damage();
	reads_one_line();
	printf("options: accepted, refused and read as they should be\n");
	return 0;
}
