/* SPDX-License-Identifier: Apache-2.0 */
/* Network namespaces: which there are, and being in one for a moment. */
#ifndef LAGPIPE_NETNS_H
#define LAGPIPE_NETNS_H

/* The number of this process's network namespace. Returns 0 or a negative errno. */
int netns_own(unsigned long long *inode);

/* Whether this process may be in another network namespace. Returns 0 or a negative errno. */
int netns_may_enter(void);

/* Opens the own one, to come back to. Returns a file descriptor or a negative errno. */
int netns_open_own(void);

/*
 * Enters the namespace of this number, by folder and path as openat(2) takes them. Returns 0 or a negative errno;
 * -ESTALE: the path leads to another one by now, as when a process has gone and its number been given to another.
 */
int netns_enter(int folder, const char *path, unsigned long long inode);

/* Whoever could leave can come back. If not, everything later would be of the wrong namespace: the loader ends. */
void netns_return(int own_fd);

/* Told of a network namespace: its number, and a file that stands for it, by folder and path as openat(2) takes them.
 */
typedef void netns_visitor(void *context, unsigned long long inode, int folder, const char *path);

/* Those that are mounted somewhere, which is how `ip netns` and container runtimes keep them. */
void netns_visit_mounted(netns_visitor *visit, void *context);

/* Those of all processes that this process may look at. */
void netns_visit_of_processes(netns_visitor *visit, void *context);

#endif
