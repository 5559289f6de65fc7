/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "hello.h"
#include "log.h"
#include "options.h"
#include "privileges.h"
#include "probe.h"
#include "run.h"

static void print_help(FILE *out)
{
	fprintf(out, "lagpipe-loader: attaches BPF programs, looks at sockets or captures packets, and streams what it "
		     "finds\n"
		     "\n"
		     "  lagpipe-loader            reads one line of JSON options, writes binary frames\n"
		     "  lagpipe-loader probe      prints what this kernel and this user allow, as JSON\n"
		     "  lagpipe-loader --version\n"
		     "  lagpipe-loader --help\n"
		     "\n"
		     "Options, as in {\"program\":\"tcp_connect\",\"interval_ms\":1000}:\n");
	options_help(out);
	fprintf(out, "\n"
		     "It stops when standard input closes. Log lines go to standard error as JSON.\n"
		     "Exit codes: 0 stopped, 64 bad options, 69 nothing could be attached, 1 failed.\n");
}

/*
 * A terminal's Ctrl-C reaches the whole group; the parent decides when this one stops. A dead parent's child must not
 * stay: SIGKILL, since it may be blocked in a write when that happens.
 */
static void settle_signals(void)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int cannot_settle_privileges(void)
{
	log_error("other", "cannot give up privileges: %s", strerror(errno));
	return EXIT_FAILURE;
}

static int probe(void)
{
	return privileges_use(UINT64_MAX) ? cannot_settle_privileges() : probe_host();
}

static int stream(void)
{
	struct options options;
	char problem[256];

	settle_signals();
	if (options_read(STDIN_FILENO, &options, problem, sizeof(problem))) {
		log_error("bad_options", "%s", problem);
		return EXIT_BAD_OPTIONS;
	}
	if (privileges_use(privileges_needed(&options)))
		return cannot_settle_privileges();
	return run_program(&options);
}

int main(int argc, char **argv)
{
	setvbuf(stderr, NULL, _IOLBF, 0);
	log_libbpf_capture();
	if (privileges_begin())
		return cannot_settle_privileges();
	if (argc == 1)
		return stream();
	if (argc == 2 && !strcmp(argv[1], "probe"))
		return probe();
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		printf("lagpipe-loader %s\n", LOADER_VERSION);
		return EXIT_SUCCESS;
	}
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		print_help(stdout);
		return EXIT_SUCCESS;
	}
	print_help(stderr);
	return EXIT_BAD_OPTIONS;
}
