/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mount_path.h"

/* kernfs counts inodes of each hierarchy from 1, and makes the root first. */
#define WHOLE_TREE_INODE 1

static int open_tree(const char *path, bool whole)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return -errno;
	if (!whole || (!fstat(fd, &status) && status.st_ino == WHOLE_TREE_INODE))
		return fd;
	close(fd);
	return -EXDEV;
}

int cgroup_root_open(bool whole)
{
	/* device, path, type; the rest of the line does not matter */
	char line[PATH_MAX + 512], path[PATH_MAX], type[64];
	FILE *mounts = fopen("/proc/self/mounts", "re");
	int fd = -ENODEV;

	if (!mounts)
		return -errno;
	while (fd < 0 && fgets(line, sizeof(line), mounts))
		if (sscanf(line, "%*s %4095s %63s", path, type) == 2 && !strcmp(type, "cgroup2")) {
			mount_path_unescape(path);
			fd = open_tree(path, whole);
		}
	fclose(mounts);
	return fd;
}
