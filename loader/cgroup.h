/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAGPIPE_CGROUP_H
#define LAGPIPE_CGROUP_H

#include <stdbool.h>

/*
 * Opens the root of the cgroup v2 tree, wherever it is mounted; `whole`: only where that is the whole host's, which it
 * is not in a cgroup namespace. Returns a file descriptor or a negative errno; -ENODEV: it is not mounted, -EXDEV: a
 * part of it is.
 */
int cgroup_root_open(bool whole);

#endif
