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

#include "log.h"
#include "mount_path.h"

#define OWN_NETNS "/proc/self/ns/net"

int netns_own(unsigned long long *inode)
{
	struct stat status;

	if (stat(OWN_NETNS, &status))
		return -errno;
	*inode = status.st_ino;
	return 0;
}

int netns_open_own(void)
{
	int fd = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int enter(int fd)
{
	return setns(fd, CLONE_NEWNET) ? -errno : 0;
}

/* Entering one's own takes as much as entering another's. */
int netns_may_enter(void)
{
	int fd = netns_open_own();
	int err = fd < 0 ? fd : enter(fd);

	if (fd >= 0)
		close(fd);
	return err;
}

int netns_enter(int folder, const char *path, unsigned long long inode)
{
	int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	int err;

	if (fd < 0)
		return -errno;
	err = !fstat(fd, &status) && status.st_ino == inode ? enter(fd) : -ESTALE;
	close(fd);
	return err;
}

void netns_return(int own_fd)
{
	int err = enter(own_fd);

	if (!err)
		return;
	log_error("other", "cannot return to the own network namespace: %s", strerror(-err));
	exit(EXIT_FAILURE);
}

/* id, parent and device, then what is mounted: "net:[4026532281]", and where. */
static bool read_mount(const char *line, unsigned long long *inode, char path[PATH_MAX])
{
	_Static_assert(PATH_MAX == 4096, "sscanf is told so");
	if (sscanf(line, "%*s %*s %*s net:[%llu] %4095s", inode, path) != 2)
		return false;
	mount_path_unescape(path);
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
