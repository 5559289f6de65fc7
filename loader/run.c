/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "hello.h"
#include "log.h"
#include "netns_follow.h"
#include "privileges.h"
#include "program.h"
#include "run_stats.h"

/* The longest that a record waits for company. */
#define FLUSH_NS (50 * NS_PER_MS)

/* The TAI offset changes without a notice; nothing else has to be looked at oftener. */
#define TICK_NS NS_PER_S

/* A container that starts mounts dozens of things; its network namespace is among them. */
#define MOUNTS_NS (20 * NS_PER_MS)

/* What the loop waits for; the number is the epoll event's tag. */
enum watch {
	WATCH_STDIN,
	WATCH_SIGNAL,
	WATCH_INTERVAL,
	WATCH_TICK,
	WATCH_CLOCK_SET,
	WATCH_FLUSH,
	WATCH_FOLLOW,
	WATCH_RING,
	WATCH_MOUNTS,
	WATCHES
};

struct loop {
	struct run *run;
	const struct program *program;
	int epoll;
	int fds[WATCHES];
	int stats_fd;
	bool flush_armed, follow_armed;
	bool stopping;
};

static const struct program *const programs[PROGRAMS] = {
	[PROGRAM_CAPTURE] = &capture_program,	      [PROGRAM_NIC] = &nic_program,
	[PROGRAM_SOCKETS] = &sockets_program,	      [PROGRAM_STACK_LATENCY] = &stack_latency_program,
	[PROGRAM_TCP_CONNECT] = &tcp_connect_program, [PROGRAM_TCP_EVENTS] = &tcp_events_program,
	[PROGRAM_TCP_LIFE] = &tcp_life_program,
};

const struct program *program_of(enum program_id id)
{
	return programs[id];
}

static int watch(struct loop *loop, enum watch which, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.u32 = which };

	if (fd < 0)
		return fd == -1 ? -errno : fd;
	loop->fds[which] = fd;
	return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int open_termination(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int open_loop(struct loop *loop)
{
	uint64_t interval_ns = loop->run->options.interval_ms * NS_PER_MS;
	/* What the kernel counts has to add up first; what is there to be looked at is looked at right away. */
	uint64_t first_ns = loop->program->prepare ? interval_ns : 1;
	int err;

	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0)
		return -errno;
	err = watch(loop, WATCH_STDIN, STDIN_FILENO, EPOLLIN);
	if (err == -EPERM) { /* a regular file or /dev/null: at its end, like a pipe that was closed */
		loop->stopping = true;
		err = 0;
	}
	err = err ? err : watch(loop, WATCH_SIGNAL, open_termination(), EPOLLIN);
	err = err ? err : watch(loop, WATCH_INTERVAL, clock_timer_open(), EPOLLIN);
	err = err ? err : watch(loop, WATCH_TICK, clock_timer_open(), EPOLLIN);
	err = err ? err : watch(loop, WATCH_CLOCK_SET, clock_watch_open(), EPOLLIN);
	err = err ? err : watch(loop, WATCH_FLUSH, clock_timer_open(), EPOLLIN);
	if (!err && loop->run->follower) {
		err = watch(loop, WATCH_FOLLOW, clock_timer_open(), EPOLLIN);
		err = err ? err : watch(loop, WATCH_MOUNTS, netns_follower_fd(loop->run->follower), EPOLLPRI);
	}
	/* Edge-triggered: the ring stays readable until it is drained, which may wait for the flush. */
	if (!err && loop->program->wake_fd)
		err = watch(loop, WATCH_RING, loop->program->wake_fd(loop->run), EPOLLIN | EPOLLET);
	err = err ? err : clock_timer_set(loop->fds[WATCH_INTERVAL], first_ns, interval_ns);
	return err ? err : clock_timer_set(loop->fds[WATCH_TICK], TICK_NS, TICK_NS);
}

static int flush(struct loop *loop)
{
	int left = loop->program->drain ? loop->program->drain(loop->run) : 0;

	loop->flush_armed = left > 0;
	clock_timer_set(loop->fds[WATCH_FLUSH], left > 0, 0);
	return left < 0 ? left : frame_flush(&loop->run->out);
}

/*
 * A BPF ring wakes the loop once when it was empty, and again when it holds more than a flush ought to. Others have
 * waited for company already.
 */
static int ring_woke(struct loop *loop)
{
	if (loop->flush_armed || !loop->program->prepare)
		return flush(loop);
	loop->flush_armed = true;
	return clock_timer_set(loop->fds[WATCH_FLUSH], FLUSH_NS, 0);
}

static int mounts_changed(struct loop *loop)
{
	if (loop->follow_armed)
		return 0;
	loop->follow_armed = true;
	return clock_timer_set(loop->fds[WATCH_FOLLOW], MOUNTS_NS, 0);
}

static int follow_mounts(struct loop *loop)
{
	loop->follow_armed = false;
	clock_timer_clear(loop->fds[WATCH_FOLLOW]);
	netns_follow_mounts(loop->run->follower);
	return 0;
}

static int report(struct loop *loop, bool last)
{
	struct run *run = loop->run;
	int err = loop->program->report(run, last);

	if (!err && run->options.run_stats)
		err = run_stats_report(&run->parts, &run->out);
	return err ? err : frame_flush(&run->out);
}

/* Bytes after the options mean nothing; the end of input means stop. */
static int read_stdin(struct loop *loop)
{
	char ignored[512];
	ssize_t got = read(STDIN_FILENO, ignored, sizeof(ignored));

	if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
		loop->stopping = true;
	return 0;
}

/* Flushes too: should an edge of the ring ever get lost between the kernel's check and ours, that is for a second. */
static int tick(struct loop *loop)
{
	int err = loop->program->tick ? loop->program->tick(loop->run) : 0;

	if (loop->run->follower)
		netns_follow(loop->run->follower);
	return err ? err : flush(loop);
}

static int handle(struct loop *loop, enum watch which)
{
	switch (which) {
	case WATCH_STDIN:
		return read_stdin(loop);
	case WATCH_SIGNAL:
		loop->stopping = true;
		return 0;
	case WATCH_INTERVAL:
		clock_timer_clear(loop->fds[which]);
		return report(loop, false);
	case WATCH_CLOCK_SET:
		clock_watch_rearm(loop->fds[which]);
		return tick(loop);
	case WATCH_TICK:
		clock_timer_clear(loop->fds[which]);
		return tick(loop);
	case WATCH_FLUSH:
		return flush(loop);
	case WATCH_RING:
		return ring_woke(loop);
	case WATCH_MOUNTS:
		return mounts_changed(loop);
	case WATCH_FOLLOW:
		return follow_mounts(loop);
	case WATCHES:
		break;
	}
	return 0;
}

static int turn(struct loop *loop)
{
	struct epoll_event events[WATCHES];
	int err = 0;

	while (!loop->stopping && !err) {
		int count = epoll_wait(loop->epoll, events, WATCHES, -1);

		if (count < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < count && !err; i++)
			err = handle(loop, events[i].data.u32);
	}
	return err;
}

/*
 * From here on, open files are read and written, and that is all, but for a program that goes on opening them, and for
 * attaching in network namespaces that are yet to come.
 */
static int give_up_privileges(const struct loop *loop)
{
	const struct run *run = loop->run;

	if (!loop->program->prepare)
		return privileges_keep(loop->program->capabilities(&run->options, true));
	return privileges_end(bpf_map__fd(bpf_object__next_map(run->parts.maps, NULL)),
			      run->follower ? PRIVILEGES_TO_FOLLOW : 0);
}

static json_t *describe(const struct loop *loop)
{
	return loop->program->prepare ? hello_probes(&loop->run->parts) : loop->program->describe(loop->run);
}

static int stream(struct loop *loop)
{
	struct run *run = loop->run;
	int err = loop->program->start(run);

	err = err ? err : open_loop(loop);
	err = err ? err : give_up_privileges(loop);
	if (err == -EOPNOTSUPP) /* the program has said what this host lacks */
		return EXIT_NOTHING_ATTACHED;
	if (err) {
		log_error("other", "cannot start: %s", strerror(-err));
		return EXIT_FAILURE;
	}
	err = hello_send(&run->options, describe(loop), &run->out);
	err = err ? err : frame_flush(&run->out);
	err = err ? err : turn(loop);
	netns_follower_close(run->follower);
	run->follower = NULL;
	parts_detach(&run->parts);
	err = err ? err : report(loop, true);
	if (err == -EPIPE) {
		log_info("output_closed", "nobody reads the output any more");
		return EXIT_SUCCESS;
	}
	if (err)
		log_error("other", "stopped: %s", strerror(-err));
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void close_loop(struct loop *loop)
{
	for (int i = WATCH_SIGNAL; i <= WATCH_FOLLOW; i++)
		if (loop->fds[i] >= 0)
			close(loop->fds[i]);
	if (loop->epoll >= 0)
		close(loop->epoll);
	if (loop->stats_fd >= 0)
		close(loop->stats_fd);
}

/* Parts that are missing while others run are in the HELLO frame; that nothing runs is an error, said once. */
static void log_why_nothing_runs(const struct parts *parts)
{
	const struct failure *failure = &parts->part[0].failure;

	log_error(failure->code, "%s", failure->detail);
}

static int attach_and_stream(struct loop *loop)
{
	struct run *run = loop->run;
	struct program_image image;
	int err = loop->program->prepare(run, &image);
	int live;

	if (err) {
		log_error("other", "cannot prepare: %s", strerror(-err));
		return EXIT_FAILURE;
	}
	live = parts_attach(&run->parts, &run->options, &image);
	if (!live) {
		log_why_nothing_runs(&run->parts);
		hello_send(&run->options, describe(loop), &run->out);
		frame_flush(&run->out);
		return EXIT_NOTHING_ATTACHED;
	}
	if (run->options.run_stats)
		loop->stats_fd = run_stats_enable();
	run->follower = netns_follower_open(&run->parts);
	return stream(loop);
}

int run_program(const struct options *options)
{
	struct run *run = calloc(1, sizeof(*run));
	struct loop loop = { .run = run, .program = programs[options->program], .epoll = -1, .stats_fd = -1 };
	int code;

	if (!run)
		return EXIT_FAILURE;
	memset(loop.fds, -1, sizeof(loop.fds));
	run->options = *options;
	frame_buffer_init(&run->out, STDOUT_FILENO);
	code = loop.program->prepare ? attach_and_stream(&loop) : stream(&loop);
	netns_follower_close(run->follower);
	loop.program->stop(run);
	parts_close(&run->parts);
	close_loop(&loop);
	free(run);
	return code;
}
