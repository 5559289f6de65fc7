/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAGPIPE_PROBE_H
#define LAGPIPE_PROBE_H

/* Prints one JSON object: what this kernel and this user allow, found by trying. Returns the exit code. */
int probe_host(void);

#endif
