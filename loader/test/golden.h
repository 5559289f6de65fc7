/* SPDX-License-Identifier: Apache-2.0 */
/* What the writers of golden frames share; see golden.c. */
#ifndef LAGPIPE_TEST_GOLDEN_H
#define LAGPIPE_TEST_GOLDEN_H

#include <stdio.h>

#include "../frame_buffer.h"

/* The frame that is being written. */
extern struct frame_buffer golden_buffer;

FILE *open_expected(const char *folder, const char *name, enum frame_type type);
void close_expected(FILE *json);
void open_frame(const char *folder, const char *name);
void close_frame(void);

void write_stack(const char *folder);
void write_stack_groups(const char *folder);
void write_lives(const char *folder);
void write_tcp_events(const char *folder);
void write_sockets(const char *folder);
void write_nics(const char *folder);
void write_capture_stats(const char *folder);

#endif
