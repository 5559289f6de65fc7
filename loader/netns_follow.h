/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Netfilter links in every network namespace, as these come and go. A link belongs to one namespace, the one that its
 * maker is in, and keeps that alive: so those of a namespace that nobody has any more are closed.
 */
#ifndef LAGPIPE_NETNS_FOLLOW_H
#define LAGPIPE_NETNS_FOLLOW_H

#include <stdbool.h>

#include "attach.h"

struct netns_follower;

/* NULL when no live part wants it, or there is no memory. */
struct netns_follower *netns_follower_open(const struct parts *parts);

/* Tells by EPOLLPRI that something was mounted or unmounted, which is how most namespaces come and go. */
int netns_follower_fd(const struct netns_follower *follower);

/* Attaches in namespaces that were mounted since. */
void netns_follow_mounts(struct netns_follower *follower);

/* Attaches in all that are new, detaches where nobody is any more; less than once a second when it takes long. */
void netns_follow(struct netns_follower *follower);

/* Accepts NULL. */
void netns_follower_close(struct netns_follower *follower);

#endif
