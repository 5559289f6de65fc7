/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

int cgroup_root_open(void)
{
	/* device, path, type; the rest of the line does not matter */
	char line[PATH_MAX + 512], path[PATH_MAX], type[64];
	FILE *mounts = fopen("/proc/self/mounts", "re");
	int fd = -ENODEV;

	if (!mounts)
		return -errno;
	while (fd == -ENODEV && fgets(line, sizeof(line), mounts))
		if (sscanf(line, "%*s %4095s %63s", path, type) == 2 && !strcmp(type, "cgroup2")) {
			fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			if (fd < 0)
				fd = -errno;
		}
	fclose(mounts);
	return fd;
}
