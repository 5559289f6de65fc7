/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAGPIPE_NETNS_H
#define LAGPIPE_NETNS_H

/* The number of this process's network namespace. Returns 0 or a negative errno. */
int netns_own(unsigned long long *inode);

#endif
