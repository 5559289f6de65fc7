/* SPDX-License-Identifier: Apache-2.0 */
/* The host's clocks, and how they lie to each other. All in nanoseconds. */
#ifndef LAGPIPE_CLOCK_H
#define LAGPIPE_CLOCK_H

#include <stdint.h>

#define NS_PER_S  1000000000LL
#define NS_PER_MS 1000000LL

uint64_t clock_realtime_ns(void);
uint64_t clock_monotonic_ns(void);

/* That this process has used. */
uint64_t clock_cpu_ns(void);

/* CLOCK_TAI - CLOCK_REALTIME: whole seconds, 0 where nobody ever set it, 37 since 2017 elsewhere. */
int64_t clock_tai_offset_ns(void);

/* CLOCK_REALTIME - CLOCK_MONOTONIC, to within a fraction of a microsecond. */
int64_t clock_realtime_offset_ns(void);

/* A timer fd that becomes readable when somebody sets CLOCK_REALTIME; clock_watch_rearm() after each time. */
int clock_watch_open(void);
int clock_watch_rearm(int fd);

/* A timer fd on CLOCK_MONOTONIC. 0 disarms. */
int clock_timer_open(void);
int clock_timer_set(int fd, uint64_t first_ns, uint64_t period_ns);

/* Takes a timer fd's expiry, so that it is no longer readable. */
void clock_timer_clear(int fd);

#endif
