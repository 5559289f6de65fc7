/* SPDX-License-Identifier: Apache-2.0 */
#include "netns_follow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "netns.h"
#include "privileges.h"

/* A host rarely has more than some 250 pods. */
#define NAMESPACES_MAX 512

/* Three stages, each for IPv4 and IPv6. */
#define NAMESPACE_LINKS 6

#define OTHER_FILES 256

/* A walk over 1,000 processes takes 3 ms. However many there are, walking takes 1 part in 300 of a CPU at most. */
#define WALK_SHARE 300

struct namespace
{
	unsigned long long inode;
	bool is_met; /* in the walk of this moment */
	int link_count;
	int links[NAMESPACE_LINKS];
};

struct netns_follower {
	const struct parts *parts;
	int own_fd, mounts_fd;
	unsigned long long own_inode;
	int count;
	bool is_full, has_told_full;
	uint64_t next_walk_ns;
	struct namespace namespaces[NAMESPACES_MAX];
};

static bool is_followed(const struct part *part)
{
	return part->object && part->probe->attach == ATTACH_NETFILTER_FOLLOWED;
}

static bool is_any_followed(const struct parts *parts)
{
	for (int i = 0; i < parts->count; i++)
		if (is_followed(&parts->part[i]))
			return true;
	return false;
}

/* Links are files, and the usual limit is 1,024. */
static void raise_file_limit(void)
{
	const rlim_t wanted = NAMESPACES_MAX * NAMESPACE_LINKS + OTHER_FILES;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	setrlimit(RLIMIT_NOFILE, &limit);
}

struct netns_follower *netns_follower_open(const struct parts *parts)
{
	struct netns_follower *follower = is_any_followed(parts) ? calloc(1, sizeof(*follower)) : NULL;

	if (!follower)
		return NULL;
	raise_file_limit();
	follower->parts = parts;
	netns_own(&follower->own_inode);
	follower->own_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	follower->mounts_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	netns_follow(follower);
	return follower;
}

int netns_follower_fd(const struct netns_follower *follower)
{
	return follower->mounts_fd;
}

static struct namespace *find(struct netns_follower *follower, unsigned long long inode)
{
	for (int i = 0; i < follower->count; i++)
		if (follower->namespaces[i].inode == inode)
			return &follower->namespaces[i];
	return NULL;
}

static void attach_parts(const struct parts *parts, struct namespace *namespace)
{
	for (int i = 0; i < parts->count; i++)
		if (is_followed(&parts->part[i]))
	namespace->link_count += part_link_netfilter(&parts->part[i], &namespace->links[namespace->link_count],
						     NAMESPACE_LINKS - namespace->link_count);
}

/* The path may lead elsewhere by now. */
static int open_namespace(int folder, const char *path, unsigned long long inode)
{
	int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;

	if (fd < 0)
		return fd;
	if (!fstat(fd, &status) && status.st_ino == inode)
		return fd;
	close(fd);
	return -1;
}

/* What cannot be entered now may be the next time, or by the path of another process. */
static void meet(void *context, unsigned long long inode, int folder, const char *path)
{
	struct netns_follower *follower = context;
	struct namespace *known = find(follower, inode);
	int fd;

	if (known)
		known->is_met = true;
	if (known || inode == follower->own_inode)
		return;
	if (follower->count == NAMESPACES_MAX) {
		follower->is_full = true;
		return;
	}
	fd = open_namespace(folder, path, inode);
	if (fd < 0)
		return;
	if (!netns_enter(fd)) {
		known = &follower->namespaces[follower->count++];
		*known = (struct namespace){ .inode = inode, .is_met = true };
		attach_parts(follower->parts, known);
	}
	close(fd);
}

static void forget(struct netns_follower *follower, struct namespace *namespace)
{
	while (namespace->link_count)
		close(namespace->links[--namespace->link_count]);
	*namespace = follower->namespaces[--follower->count];
}

static void tell_full(struct netns_follower *follower)
{
	if (!follower->is_full || follower->has_told_full)
		return;
	follower->has_told_full = true;
	log_warn("netns_limit", "more than %d network namespaces: the start stages miss the others", NAMESPACES_MAX);
}

static void come_home(struct netns_follower *follower)
{
	int err = netns_enter(follower->own_fd);

	if (err)
		log_warn("other", "cannot return to the network namespace: %s", strerror(-err));
	privileges_lower();
	tell_full(follower);
}

void netns_follow_mounts(struct netns_follower *follower)
{
	privileges_raise();
	netns_visit_mounted(meet, follower);
	come_home(follower);
}

static void walk(struct netns_follower *follower)
{
	for (int i = 0; i < follower->count; i++)
		follower->namespaces[i].is_met = false;
	privileges_raise();
	netns_visit_mounted(meet, follower);
	netns_visit_of_processes(meet, follower);
	come_home(follower);
	for (int i = follower->count - 1; i >= 0; i--)
		if (!follower->namespaces[i].is_met)
			forget(follower, &follower->namespaces[i]);
}

void netns_follow(struct netns_follower *follower)
{
	uint64_t now_ns = clock_monotonic_ns(), cpu_ns = clock_cpu_ns();

	if (now_ns < follower->next_walk_ns)
		return;
	walk(follower);
	follower->next_walk_ns = now_ns + (clock_cpu_ns() - cpu_ns) * WALK_SHARE;
}

void netns_follower_close(struct netns_follower *follower)
{
	if (!follower)
		return;
	while (follower->count)
		forget(follower, &follower->namespaces[0]);
	close(follower->own_fd);
	close(follower->mounts_fd);
	free(follower);
}
