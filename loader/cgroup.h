/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAGPIPE_CGROUP_H
#define LAGPIPE_CGROUP_H

/*
 * Opens the root of the cgroup v2 tree, wherever it is mounted. Returns a file descriptor or a negative errno;
 * -ENODEV: it is not mounted.
 */
int cgroup_root_open(void);

#endif
