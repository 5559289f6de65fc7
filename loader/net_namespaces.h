/* SPDX-License-Identifier: Apache-2.0 */
/* Network namespaces as they come and go, each entered for a moment and never held. */
#ifndef LAGPIPE_NET_NAMESPACES_H
#define LAGPIPE_NET_NAMESPACES_H

#include <stdbool.h>
#include <stdint.h>

#include "namespace_options.h"

/* Long enough for what container runtimes mount; one behind a longer path is found by its processes. */
#define NAMESPACE_PATH_BYTES 192

/* A host with more has to live with those that were found first. */
#define NET_NAMESPACES 1024

struct net_namespace {
	uint32_t inode;
	char name[NAMESPACE_NAME_BYTES]; /* below /run/netns; may be empty */
	char path[NAMESPACE_PATH_BYTES]; /* where to enter it; empty: the own one, which is never left */
	void *state;			 /* the program's own, freed with free() */
	bool found;
};

struct net_namespaces {
	struct namespaces_wanted wanted;
	int own_fd; /* to come back; -1 when none is ever entered */
	uint32_t count;
	uint32_t beyond; /* that found no room */
	struct net_namespace entries[NET_NAMESPACES];
};

/* Capabilities (host.h) to enter those that are wanted, and to find them. */
uint64_t net_namespaces_capabilities(const struct namespaces_wanted *wanted);

/* Returns 0 or a negative errno. */
int net_namespaces_open(struct net_namespaces *namespaces, const struct namespaces_wanted *wanted);

/* Looks for all of them anew: those that are gone are forgotten, new ones are added behind. */
void net_namespaces_refresh(struct net_namespaces *namespaces);

/* Calls `work` inside. Returns what it returns, or a negative errno: -ESTALE when the namespace is another one now. */
int net_namespace_with(const struct net_namespaces *namespaces, struct net_namespace *entry,
		       int (*work)(struct net_namespace *entry, void *context), void *context);

void net_namespaces_close(struct net_namespaces *namespaces);

#endif
