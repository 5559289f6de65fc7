/* SPDX-License-Identifier: Apache-2.0 */
#include "netns_follow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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
	bool is_full, has_told_full, has_told_missing;
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
	follower->own_fd = netns_open_own();
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

/* Once: mostly it is the limit on open files, and then it is so of all that come after. */
static void tell_missing(struct netns_follower *follower, unsigned long long inode)
{
	if (!follower->has_told_missing)
		log_warn("netns_links",
			 "the start stages miss packets of the network namespace %llu and maybe others: %s", inode,
			 strerror(errno));
	follower->has_told_missing = true;
}

/* As many links as in the own namespace. */
static void attach_parts(struct netns_follower *follower, struct namespace *namespace)
{
	const struct parts *parts = follower->parts;
	int wanted = 0;

	for (int i = 0; i < parts->count; i++) {
		if (!is_followed(&parts->part[i]))
			continue;
		wanted += parts->part[i].link_count;
		namespace->link_count += part_link_netfilter(&parts->part[i], &namespace->links[namespace->link_count],
							     NAMESPACE_LINKS - namespace->link_count);
	}
	if (namespace->link_count < wanted)
		tell_missing(follower, namespace->inode);
}

/* What cannot be entered now may be the next time, or by the path of another process. */
static void meet(void *context, unsigned long long inode, int folder, const char *path)
{
	struct netns_follower *follower = context;
	struct namespace *known = find(follower, inode);
	int err;

	if (known)
		known->is_met = true;
	if (known || inode == follower->own_inode)
		return;
	if (follower->count == NAMESPACES_MAX) {
		follower->is_full = true;
		return;
	}
	err = netns_enter(folder, path, inode);
	if (err == -EMFILE || err == -ENFILE)
		tell_missing(follower, inode);
	if (err)
		return;
	known = &follower->namespaces[follower->count++];
	*known = (struct namespace){ .inode = inode, .is_met = true };
	attach_parts(follower, known);
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
	netns_return(follower->own_fd);
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
