/* SPDX-License-Identifier: Apache-2.0 */
#include "net_namespaces.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"
#include "log.h"
#include "netns.h"
#include "privileges.h"

#define NAMED_FOLDER "/run/netns/"

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
		namespaces->own_fd = netns_open_own();
		if (namespaces->own_fd < 0)
			return namespaces->own_fd;
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

/* A process's file is found below /proc, whatever folder it was seen in. */
static void visit(void *context, unsigned long long inode, int folder, const char *path)
{
	const size_t prefix = strlen(NAMED_FOLDER);
	char whole[NAMESPACE_PATH_BYTES];
	const char *name = "";

	if (folder == AT_FDCWD && !strncmp(path, NAMED_FOLDER, prefix) && !strchr(path + prefix, '/') &&
	    strlen(path + prefix) < NAMESPACE_NAME_BYTES)
		name = path + prefix;
	if (snprintf(whole, sizeof(whole), "%s%s", folder == AT_FDCWD ? "" : "/proc/", path) < (int)sizeof(whole))
		found(context, inode, name, whole);
}

static void find_named(struct net_namespaces *namespaces, const char *name)
{
	char path[NAMESPACE_PATH_BYTES];
	struct stat status;

	snprintf(path, sizeof(path), NAMED_FOLDER "%s", name);
	if (!stat(path, &status))
		found(namespaces, status.st_ino, name, path);
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

static void find_wanted(struct net_namespaces *namespaces)
{
	const struct namespaces_wanted *wanted = &namespaces->wanted;
	unsigned long long own;

	if (wanted->own && !netns_own(&own))
		found(namespaces, own, "", "");
	for (uint32_t i = 0; i < wanted->count; i++)
		find_named(namespaces, wanted->names[i]);
	if (wanted->all) {
		netns_visit_mounted(visit, namespaces);
		netns_visit_of_processes(visit, namespaces);
	}
}

void net_namespaces_refresh(struct net_namespaces *namespaces)
{
	uint32_t before = namespaces->beyond;

	namespaces->beyond = 0;
	for (uint32_t i = 0; i < namespaces->count; i++)
		namespaces->entries[i].found = false;
	privileges_raise();
	find_wanted(namespaces);
	privileges_lower();
	forget_missing(namespaces);
	if (namespaces->beyond > before)
		log_warn("namespaces",
			 "this host has more than %d network namespaces; sockets of others are not counted",
			 NET_NAMESPACES);
}

static int enter(const struct net_namespace *entry)
{
	int err;

	privileges_raise();
	err = netns_enter(AT_FDCWD, entry->path, entry->inode);
	privileges_lower();
	return err;
}

static void come_back(const struct net_namespaces *namespaces)
{
	privileges_raise();
	netns_return(namespaces->own_fd);
	privileges_lower();
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
	come_back(namespaces);
	return result;
}

void net_namespaces_close(struct net_namespaces *namespaces)
{
	for (uint32_t i = 0; i < namespaces->count; i++)
		free(namespaces->entries[i].state);
	if (namespaces->own_fd >= 0)
		close(namespaces->own_fd);
}
