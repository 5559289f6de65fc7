/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

/* The watch never expires by itself: the year 2200. */
#define FAR_FUTURE_S 7258118400

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

uint64_t clock_realtime_ns(void)
{
	return now_ns(CLOCK_REALTIME);
}

uint64_t clock_monotonic_ns(void)
{
	return now_ns(CLOCK_MONOTONIC);
}

uint64_t clock_cpu_ns(void)
{
	return now_ns(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t clock_tai_offset_ns(void)
{
	struct timex state = { .modes = 0 };

	return adjtimex(&state) < 0 ? 0 : state.tai * NS_PER_S;
}

int64_t clock_realtime_offset_ns(void)
{
	uint64_t narrowest = UINT64_MAX;
	int64_t offset = 0;

	/* Of a few tries, the one that was interrupted least. */
	for (int i = 0; i < 5; i++) {
		uint64_t before = now_ns(CLOCK_MONOTONIC);
		uint64_t realtime = now_ns(CLOCK_REALTIME);
		uint64_t width = now_ns(CLOCK_MONOTONIC) - before;

		if (width < narrowest) {
			narrowest = width;
			offset = (int64_t)(realtime - before - width / 2);
		}
	}
	return offset;
}

int clock_watch_rearm(int fd)
{
	struct itimerspec far = { .it_value.tv_sec = FAR_FUTURE_S };

	clock_timer_clear(fd);
	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL) ? -errno : 0;
}

int clock_watch_open(void)
{
	int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0)
		clock_watch_rearm(fd);
	return fd;
}

int clock_timer_open(void)
{
	return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
}

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){ .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };
}

int clock_timer_set(int fd, uint64_t first_ns, uint64_t period_ns)
{
	struct itimerspec timer = { .it_value = timespec_of(first_ns), .it_interval = timespec_of(period_ns) };

	return timerfd_settime(fd, 0, &timer, NULL) ? -errno : 0;
}

void clock_timer_clear(int fd)
{
	uint64_t expirations;

	/* Nothing to read, or ECANCELED because the clock was set: both leave the fd unreadable, which is the point. */
	if (read(fd, &expirations, sizeof(expirations)) < 0)
		return;
}
