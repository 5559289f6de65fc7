/* SPDX-License-Identifier: Apache-2.0 */
/* What people call the things that the kernel numbers. A name that cannot be found is an empty text. */
#ifndef LAGPIPE_GROUP_NAMES_H
#define LAGPIPE_GROUP_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* As `ip netns` shows it: the entry of /run/netns with that inode. */
void group_netns_name(uint32_t inode, char *name, size_t bytes);

/* Path below the cgroup v2 mount: "/system.slice/nginx.service". Its end, after "...", when it is too long. */
void group_cgroup_path(uint64_t id, char *path, size_t bytes);

#endif
