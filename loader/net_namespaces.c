/* SPDX-License-Identifier: Apache-2.0 */
#include "net_namespaces.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"
#include "log.h"

#define NAMED_FOLDER "/run/netns"

uint64_t net_namespaces_capabilities(const struct namespaces_wanted *wanted)
{
	/* Looking behind /proc/PID/ns of another user is what a debugger may. */
	if (wanted->all)
		return HAS_SYS_ADMIN | HAS_SYS_PTRACE;
	return wanted->count ? HAS_SYS_ADMIN : 0;
}

int net_namespaces_open(struct net_namespaces *namespaces, const struct namespaces_wanted *wanted)
{
	memset(namespaces, 0, sizeof(*namespaces));
	namespaces->wanted = *wanted;
	namespaces->own_fd = -1;
	if (wanted->all || wanted->count) {
		namespaces->own_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
		if (namespaces->own_fd < 0)
			return -errno;
	}
	net_namespaces_refresh(namespaces);
	return 0;
}

static struct net_namespace *find_entry(struct net_namespaces *namespaces, uint32_t inode)
{
	for (uint32_t i = 0; i < namespaces->count; i++)
		if (namespaces->entries[i].inode == inode)
			return &namespaces->entries[i];
	return NULL;
}

/* The first way that is found to a namespace stays: names come before processes. */
static void found(struct net_namespaces *namespaces, uint32_t inode, const char *name, const char *path)
{
	struct net_namespace *entry = find_entry(namespaces, inode);

	if (entry && entry->found)
		return;
	if (!entry) {
		if (namespaces->count == NET_NAMESPACES) {
			namespaces->beyond++;
			return;
		}
		entry = &namespaces->entries[namespaces->count++];
		memset(entry, 0, sizeof(*entry));
		entry->inode = inode;
	}
	entry->found = true;
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	snprintf(entry->path, sizeof(entry->path), "%s", path);
}

static bool inode_of(const char *path, uint32_t *inode)
{
	struct stat status;

	if (stat(path, &status))
		return false;
	*inode = status.st_ino;
	return true;
}

static void find_named(struct net_namespaces *namespaces, const char *name)
{
	char path[sizeof(namespaces->entries[0].path)];
	uint32_t inode;

	if (strlen(name) >= NAMESPACE_NAME_BYTES)
		return;
	snprintf(path, sizeof(path), NAMED_FOLDER "/%s", name);
	if (inode_of(path, &inode))
		found(namespaces, inode, name, path);
}

static void find_all_named(struct net_namespaces *namespaces)
{
	DIR *folder = opendir(NAMED_FOLDER);
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			find_named(namespaces, entry->d_name);
	if (folder)
		closedir(folder);
}

static void find_of_processes(struct net_namespaces *namespaces)
{
	DIR *folder = opendir("/proc");
	const struct dirent *entry;
	char path[sizeof(namespaces->entries[0].path)];
	uint32_t inode;

	while (folder && (entry = readdir(folder))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/ns/net", entry->d_name);
		if (inode_of(path, &inode))
			found(namespaces, inode, "", path);
	}
	if (folder)
		closedir(folder);
}

static void forget_missing(struct net_namespaces *namespaces)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < namespaces->count; i++) {
		if (namespaces->entries[i].found)
			namespaces->entries[kept++] = namespaces->entries[i];
		else
			free(namespaces->entries[i].state);
	}
	namespaces->count = kept;
}

void net_namespaces_refresh(struct net_namespaces *namespaces)
{
	const struct namespaces_wanted *wanted = &namespaces->wanted;
	uint32_t before = namespaces->beyond, inode = 0;

	namespaces->beyond = 0;
	for (uint32_t i = 0; i < namespaces->count; i++)
		namespaces->entries[i].found = false;
	inode_of("/proc/self/ns/net", &inode);
	if (wanted->own)
		found(namespaces, inode, "", "");
	for (uint32_t i = 0; i < wanted->count; i++)
		find_named(namespaces, wanted->names[i]);
	if (wanted->all) {
		find_all_named(namespaces);
		find_of_processes(namespaces);
	}
	forget_missing(namespaces);
	if (namespaces->beyond > before)
		log_warn("namespaces",
			 "this host has more than %d network namespaces; sockets of others are not counted",
			 NET_NAMESPACES);
}

/* Between finding it and this, a process may have gone and its number been given to another. */
static int enter(const struct net_namespace *entry)
{
	int fd = open(entry->path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) || (uint32_t)status.st_ino != entry->inode)
		err = -ESTALE;
	else if (setns(fd, CLONE_NEWNET))
		err = -errno;
	close(fd);
	return err;
}

int net_namespace_with(const struct net_namespaces *namespaces, struct net_namespace *entry,
		       int (*work)(struct net_namespace *entry, void *context), void *context)
{
	int result;

	if (!entry->path[0])
		return work(entry, context);
	result = enter(entry);
	if (result)
		return result;
	result = work(entry, context);
	/* Whoever could leave can come back; if not, every later figure would be of the wrong namespace. */
	if (setns(namespaces->own_fd, CLONE_NEWNET)) {
		log_error("other", "cannot return to the own network namespace: %s", strerror(errno));
		exit(EXIT_FAILURE);
	}
	return result;
}

void net_namespaces_close(struct net_namespaces *namespaces)
{
	for (uint32_t i = 0; i < namespaces->count; i++)
		free(namespaces->entries[i].state);
	if (namespaces->own_fd >= 0)
		close(namespaces->own_fd);
}
