/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of each program, one file for each; loader/programs.c puts them together. */
#ifndef LAGPIPE_PROBES_H
#define LAGPIPE_PROBES_H

#include "programs.h"

#define PROBE_LIST(rows)                                                                                               \
	{                                                                                                              \
		rows, sizeof(rows) / sizeof((rows)[0])                                                                 \
	}

extern const struct probe_list stack_latency_probes, tcp_connect_probes, tcp_life_probes, tcp_events_probes;

#endif
