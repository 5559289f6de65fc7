/* SPDX-License-Identifier: Apache-2.0 */
#include "netns.h"

#include <errno.h>
#include <sys/stat.h>

int netns_own(unsigned long long *inode)
{
	struct stat status;

	if (stat("/proc/self/ns/net", &status))
		return -errno;
	*inode = status.st_ino;
	return 0;
}
