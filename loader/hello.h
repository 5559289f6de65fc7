/* SPDX-License-Identifier: Apache-2.0 */
/* The first frame: what was attached, and what each part covers. */
#ifndef LAGPIPE_HELLO_H
#define LAGPIPE_HELLO_H

#include <jansson.h>

#include "attach.h"
#include "frame_buffer.h"

#define LOADER_VERSION "0.1.0"

/* "6.18.44", as uname -r says it. */
const char *hello_kernel(void);

/* What a part sees when it is attached by this row, and what it misses. */
json_t *hello_covers(const struct probe *probe);

/*
 * One object per part: part, state, attach, covers, refused (attach type to code, of what was tried before); when
 * denied also code and detail.
 */
json_t *hello_probes(const struct parts *parts);

/* Takes over `probes`. */
int hello_send(const struct options *options, json_t *probes, struct frame_buffer *out);

#endif
