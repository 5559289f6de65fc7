/* SPDX-License-Identifier: Apache-2.0 */
#include "netns.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWN_NETNS "/proc/self/ns/net"

int netns_own(unsigned long long *inode)
{
	struct stat status;

	if (stat(OWN_NETNS, &status))
		return -errno;
	*inode = status.st_ino;
	return 0;
}

int netns_enter(int fd)
{
	return setns(fd, CLONE_NEWNET) ? -errno : 0;
}

/* Entering one's own takes as much as entering another's. */
int netns_may_enter(void)
{
	int fd = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno : netns_enter(fd);

	if (fd >= 0)
		close(fd);
	return err;
}

/* Spaces, tabs, newlines and backslashes of a path are three octal digits behind a backslash, proc(5). */
static void unescape(char *path)
{
	char *to = path;

	for (const char *from = path; *from; to++) {
		unsigned int code;

		if (*from == '\\' && sscanf(from + 1, "%3o", &code) == 1) {
			*to = (char)code;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* id, parent and device, then what is mounted: "net:[4026532281]", and where. */
static bool read_mount(const char *line, unsigned long long *inode, char path[PATH_MAX])
{
	_Static_assert(PATH_MAX == 4096, "sscanf is told so");
	if (sscanf(line, "%*s %*s %*s net:[%llu] %4095s", inode, path) != 2)
		return false;
	unescape(path);
	return true;
}

void netns_visit_mounted(netns_visitor *visit, void *context)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, path[PATH_MAX];
	unsigned long long inode;
	size_t room = 0;

	while (mounts && getline(&line, &room, mounts) > 0)
		if (read_mount(line, &inode, path))
			visit(context, inode, AT_FDCWD, path);
	free(line);
	if (mounts)
		fclose(mounts);
}

static void visit_process(int proc, const char *pid, netns_visitor *visit, void *context)
{
	char path[NAME_MAX + sizeof("/ns/net")], target[64];
	unsigned long long inode;
	ssize_t length;

	snprintf(path, sizeof(path), "%s/ns/net", pid);
	length = readlinkat(proc, path, target, sizeof(target) - 1);
	if (length < 0)
		return;
	target[length] = '\0';
	if (sscanf(target, "net:[%llu]", &inode) == 1)
		visit(context, inode, proc, path);
}

void netns_visit_of_processes(netns_visitor *visit, void *context)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;

	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			visit_process(dirfd(proc), entry->d_name, visit, context);
	if (proc)
		closedir(proc);
}
