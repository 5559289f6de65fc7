/* SPDX-License-Identifier: Apache-2.0 */
#include "group_names.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"

#define NETNS_FOLDER "/run/netns"

/* The kernel's own limit on cgroups is deeper, but nobody nests so far. */
#define CGROUP_DEPTH 32

void group_netns_name(uint32_t inode, char *name, size_t bytes)
{
	DIR *folder = opendir(NETNS_FOLDER);
	const struct dirent *entry;
	struct stat status;

	name[0] = '\0';
	while (folder && !name[0] && (entry = readdir(folder)))
		if (!fstatat(dirfd(folder), entry->d_name, &status, 0) && status.st_ino == inode)
			snprintf(name, bytes, "%s", entry->d_name);
	if (folder)
		closedir(folder);
}

/* In cgroup v2 a folder's inode is the cgroup's id. Looks below `fd`, which it closes, and adds to `path`. */
static bool find_cgroup(int fd, uint64_t id, char path[PATH_MAX], size_t length, int depth)
{
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool found = false;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!found && (entry = readdir(folder))) {
		int added;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		added = snprintf(path + length, PATH_MAX - length, "/%s", entry->d_name);
		if (length + added >= PATH_MAX)
			continue;
		found = entry->d_ino == id;
		if (!found && depth < CGROUP_DEPTH)
			found = find_cgroup(openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
					    id, path, length + added, depth + 1);
	}
	closedir(folder);
	return found;
}

static bool is_root(int fd, uint64_t id)
{
	struct stat status;

	return fd >= 0 && !fstat(fd, &status) && status.st_ino == id;
}

void group_cgroup_path(uint64_t id, char *path, size_t bytes)
{
	char whole[PATH_MAX] = "/";
	int root = cgroup_root_open(false);
	size_t length;

	path[0] = '\0';
	if (is_root(root, id))
		close(root);
	else if (!find_cgroup(root, id, whole, 0, 0))
		return;
	length = strlen(whole);
	if (length < bytes)
		snprintf(path, bytes, "%s", whole);
	else
		snprintf(path, bytes, "...%s", whole + length + 4 - bytes);
}
