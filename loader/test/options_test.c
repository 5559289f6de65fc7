/* SPDX-License-Identifier: Apache-2.0 */
#include "../options.h"

#include <string.h>
#include <unistd.h>

#include "../../bpf/tcp_events.h"
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
	CHECK(!parse("{\"program\":\"stack_latency\",\"attach\":\"kprobe\"}"), "%s", problem);
	CHECK(options.attach == TIER_KPROBE, "%d", options.attach);
	CHECK(!parse("{\"min_latency_ns\":86400000000000,\"program\":\"tcp_connect\"}"), "%s", problem);
	CHECK(options.program == PROGRAM_TCP_CONNECT, "%d", options.program);
	CHECK(options.min_latency_ns == 86400000000000, "%lld", (long long)options.min_latency_ns);
	CHECK(!parse("{\"program\":\"tcp_life\",\"min_duration_ns\":1500,\"report_interval_ms\":60000}"), "%s",
	      problem);
	CHECK(options.program == PROGRAM_TCP_LIFE, "%d", options.program);
	CHECK(options.min_duration_ns == 1500, "%lld", (long long)options.min_duration_ns);
	CHECK(options.report_interval_ms == 60000, "%lld", (long long)options.report_interval_ms);
	CHECK(!parse("{\"program\":\"tcp_events\",\"events\":[\"reset\",\"drop\"],\"max_events_per_second\":10000,"
		     "\"own_namespace\":true}"),
	      "%s", problem);
	CHECK(options.wanted_events == (1 << EVENT_RESET_SENT | 1 << EVENT_RESET_RECEIVED | 1 << EVENT_DROP), "%x",
	      (unsigned int)options.wanted_events);
	CHECK(options.max_events_per_second == 10000, "%d", (int)options.max_events_per_second);
}

static void accepts_sockets(void)
{
	CHECK(!parse("{\"program\":\"sockets\"}"), "%s", problem);
	CHECK(options.namespaces.own && !options.namespaces.all && !options.namespaces.count, "not only the own one");
	CHECK(options.census_interval_ms == 30000 && options.idle_ms == 300000, "%d", (int)options.idle_ms);
	CHECK(!parse("{\"program\":\"sockets\",\"namespaces\":\"all\",\"census_interval_ms\":60000,"
		     "\"census_cpu_percent\":3,\"idle_ms\":9,\"max_listeners\":5,\"max_ports\":6,\"max_peers\":0}"),
	      "%s", problem);
	CHECK(options.namespaces.own && options.namespaces.all, "not all");
	CHECK(options.census_interval_ms == 60000 && options.census_cpu_percent == 3 && options.idle_ms == 9, "%d",
	      (int)options.idle_ms);
	CHECK(options.max_listeners == 5 && options.max_ports == 6 && !options.max_peers, "%d", (int)options.max_ports);
	CHECK(!parse("{\"program\":\"sockets\",\"namespaces\":[\"blue\",\"green\"]}"), "%s", problem);
	CHECK(!options.namespaces.own && options.namespaces.count == 2, "%u", options.namespaces.count);
	CHECK(!strcmp(options.namespaces.names[1], "green"), "%s", options.namespaces.names[1]);
	CHECK(!parse("{\"program\":\"sockets\",\"namespaces\":[\"own\",\"green\"]}"), "%s", problem);
	CHECK(options.namespaces.own && options.namespaces.count == 1, "%u", options.namespaces.count);
}

static void accepts_capture(void)
{
	CHECK(!parse("{\"program\":\"capture\",\"interface\":\"any\"}"), "%s", problem);
	CHECK(!strcmp(options.interface, "any") && !options.expression[0] && !options.promiscuous, "not the defaults");
	CHECK(options.snaplen == 262144 && options.buffer_bytes == 16 << 20, "%d", (int)options.snaplen);
	CHECK(!parse("{\"program\":\"capture\",\"interface\":\"lo\",\"expression\":\"tcp port 80\",\"snaplen\":96,"
		     "\"promiscuous\":true,\"buffer_bytes\":1048576}"),
	      "%s", problem);
	CHECK(!strcmp(options.expression, "tcp port 80") && options.promiscuous, "%s", options.expression);
	CHECK(options.snaplen == 96 && options.buffer_bytes == 1 << 20, "%d", (int)options.snaplen);
}

static void accepts_nic(void)
{
	CHECK(!parse("{\"program\":\"nic\"}"), "%s", problem);
	CHECK(!options.interfaces.count && !options.all_statistics && options.max_statistics == 256, "%u",
	      options.interfaces.count);
	CHECK(!parse("{\"program\":\"nic\",\"interfaces\":[\"eth0\",\"fifteen-bytes-1\"],\"all_statistics\":true,"
		     "\"max_statistics\":8192}"),
	      "%s", problem);
	CHECK(options.interfaces.count == 2 && !strcmp(options.interfaces.names[1], "fifteen-bytes-1"), "%s",
	      options.interfaces.names[1]);
	CHECK(options.all_statistics && options.max_statistics == 8192, "%d", (int)options.max_statistics);
}

static void accepts_every_filter(void)
{
	const struct stack_filter *filter = &options.filter;
	static const unsigned char net10[16] = { [10] = 0xff, [11] = 0xff, [12] = 10 };
	static const unsigned char mask[16] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0xf0 };

	CHECK(!parse("{\"program\":\"stack_latency\",\"max_groups\":7,\"group_idle_ms\":90,"
		     "\"group_by\":[\"netns\",\"cgroup\"],\"filter\":{\"interfaces\":[\"eth0\",\"fifteen-bytes-1\"],"
		     "\"local_ports\":[1,65535],\"address_ranges\":[\"10.9.9.9/12\",\"2001:db8::7\",\"::/0\"],"
		     "\"pids\":[1,2147483647],\"cgroup_ids\":[4294967301],\"ip_version\":6,\"sample_one_in\":9,"
		     "\"min_queue_length\":3}}"),
	      "%s", problem);
	CHECK(options.max_groups == 7 && options.group_idle_ms == 90, "%d", (int)options.max_groups);
	CHECK(options.group_by == (GROUP_BY_NETNS | GROUP_BY_CGROUP), "%d", (int)options.group_by);
	CHECK(filter->interface_count == 2 && !strcmp(filter->interfaces[1], "fifteen-bytes-1"), "interfaces");
	CHECK(filter->port_count == 2 && filter->ports[1] == 65535, "ports");
	CHECK(filter->range_count == 3 && !memcmp(filter->ranges[0].address, net10, 16), "ranges");
	CHECK(!memcmp(filter->ranges[0].mask, mask, 16), "mask");
	CHECK(filter->ranges[1].mask[3] == ~0u && !filter->ranges[2].mask[0], "masks of IPv6");
	CHECK(filter->pid_count == 2 && filter->pids[1] == 2147483647, "pids");
	CHECK(filter->cgroup_count == 1 && filter->cgroups[0] == 4294967301, "cgroups");
	CHECK(filter->ip_version == 6 && filter->sample_one_in == 9 && filter->min_queue_length == 3, "numbers");
}

static void has_defaults(void)
{
	CHECK(!parse(" {\"program\":\"stack_latency\"} "), "%s", problem);
	CHECK(options.interval_ms == 5000, "%d", (int)options.interval_ms);
	CHECK(options.stages == 0x7f, "%x", (unsigned int)options.stages);
	CHECK(!options.wanted_events && options.max_events_per_second == 100, "events are not as they should be");
	CHECK(!options.run_stats && !options.min_latency_ns, "something else than 0");
	CHECK(options.attach == TIER_AUTO, "%d", options.attach);
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
		{ "{\"program\":\"tcp_life\",\"report_interval_ms\":-1}", "allowed is 0 to" },
		{ "{\"program\":\"tcp_connect\",\"report_interval_ms\":1}", "no option \"report_interval_ms\"" },
		{ "{\"program\":\"tcp_connect\",\"run_stats\":1}", "true or false" },
		{ "{\"program\":\"stack_latency\",\"attach\":\"fentry\"}", "auto, tracing, kprobe or hook" },
		{ "{\"program\":\"stack_latency\",\"attach\":3}", "auto, tracing, kprobe or hook" },
		{ "{\"program\":\"tcp_connect\",\"attach\":\"hook\"}", "no option \"attach\"" },
		{ "{\"program\":\"tcp_events\",\"events\":\"drop\"}", "must be a list" },
		{ "{\"program\":\"tcp_events\",\"events\":[\"lost\"]}", "retransmit, reset and drop" },
		{ "{\"program\":\"tcp_events\",\"max_events_per_second\":0}", "allowed is 1 to 10000" },
		{ "{\"program\":\"tcp_connect\",\"events\":[]}", "no option \"events\"" },
		{ "{\"program\":\"stack_latency\",\"stages\":[]}", "at least one stage" },
		{ "{\"program\":\"stack_latency\",\"stages\":\"ip-start\"}", "at least one stage" },
		{ "{\"program\":\"stack_latency\",\"stages\":[3]}", "no text" },
#define FILTER(text) "{\"program\":\"stack_latency\",\"filter\":" text "}"
		{ FILTER("[]"), "must be an object" },
		{ FILTER("{\"port\":[1]}"), "is no filter" },
		{ FILTER("{\"local_ports\":[0]}"), "out of bounds" },
		{ FILTER("{\"local_ports\":1}"), "no list" },
		{ FILTER("{\"pids\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}"), "too long" },
		{ FILTER("{\"interfaces\":[\"sixteen-bytes-12\"]}"), "out of bounds" },
		{ FILTER("{\"interfaces\":[7]}"), "out of bounds" },
		{ FILTER("{\"ip_version\":5}"), "4 or 6" },
		{ FILTER("{\"address_ranges\":[\"10.0.0.0/33\"]}"), "out of bounds" },
		{ FILTER("{\"address_ranges\":[\"10.0.0.0/+1\"]}"), "out of bounds" },
		{ FILTER("{\"address_ranges\":[\"10.0.0.0/\"]}"), "out of bounds" },
		{ FILTER("{\"address_ranges\":[\"::1/129\"]}"), "out of bounds" },
		{ FILTER("{\"address_ranges\":[\"1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1111\"]}"),
		  "out of bounds" },
		{ "{\"program\":\"stack_latency\",\"group_by\":[\"pid\"]}", "must be a list of" },
		{ "{\"program\":\"stack_latency\",\"group_by\":\"netns\"}", "must be a list of" },
		{ "{\"program\":\"nic\",\"interfaces\":\"eth0\"}", "must be a list" },
		{ "{\"program\":\"nic\",\"interfaces\":[\"sixteen-bytes-12\"]}", "no name" },
		{ "{\"program\":\"nic\",\"interfaces\":[\"\"]}", "no name" },
		{ "{\"program\":\"sockets\",\"namespaces\":\"some\"}", "own, all or a list" },
		{ "{\"program\":\"sockets\",\"namespaces\":[]}", "own, all or a list" },
		{ "{\"program\":\"sockets\",\"namespaces\":[7]}", "no name" },
		{ "{\"program\":\"sockets\",\"namespaces\":[\"../../tmp/x\"]}", "no name" },
		{ "{\"program\":\"sockets\",\"namespaces\":[\"..\"]}", "no name" },
		{ "{\"program\":\"sockets\",\"max_ports\":0}", "allowed is 1 to 1024" },
		{ "{\"program\":\"sockets\",\"run_stats\":true}", "no option \"run_stats\"" },
		{ "{\"program\":\"tcp_connect\",\"namespaces\":\"all\"}", "no option \"namespaces\"" },
		{ "{\"program\":\"tcp_connect\",\"filter\":{}}", "no option \"filter\"" },
		{ "{\"program\":\"capture\"}", "\"interface\" is missing" },
		{ "{\"program\":\"capture\",\"interface\":\"\"}", "text of 1 to 63 bytes" },
		{ "{\"program\":\"capture\",\"interface\":7}", "text of 1 to 63 bytes" },
		{ "{\"program\":\"capture\",\"interface\":\"lo\",\"snaplen\":63}", "allowed is 64 to 262144" },
		{ "{\"program\":\"capture\",\"interface\":\"lo\",\"filter\":\"tcp\"}", "no option \"filter\"" },
		{ "{\"program\":\"sockets\",\"interface\":\"lo\"}", "no option \"interface\"" },
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
	accepts_capture();
	accepts_sockets();
	accepts_nic();
	accepts_every_filter();
	has_defaults();
	refuses_what_is_wrong();
	survives_damage();
	reads_one_line();
	printf("options: accepted, refused and read as they should be\n");
	return 0;
}
