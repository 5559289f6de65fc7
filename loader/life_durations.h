/* SPDX-License-Identifier: Apache-2.0 */
/* The histograms that bpf/tcp_life.bpf.c counts by port: what has been added since the last time. */
#ifndef LAGPIPE_LIFE_DURATIONS_H
#define LAGPIPE_LIFE_DURATIONS_H

#include <stdint.h>

#include "../bpf/tcp_life_map.h"
#include "frame_buffer.h"

/* One histogram as it was at the last report. */
struct life_series {
	struct tcp_life_series key;
	struct tcp_life_histogram before;
};

struct life_durations {
	int fd; /* of the map */
	int count;
	struct life_series series[TCP_LIFE_SERIES];
};

/* Makes the series for ports that find no room: call it before many could be seen. Returns 0 or a negative errno. */
int life_durations_open(struct life_durations *durations, int fd);

/* Sends each histogram that counted something. Returns 0 or a negative errno of the output. */
int life_durations_report(struct life_durations *durations, struct frame_buffer *out, uint64_t start_ns,
			  uint64_t end_ns);

#endif
