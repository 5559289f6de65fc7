/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAGPIPE_MOUNT_PATH_H
#define LAGPIPE_MOUNT_PATH_H

/* Spaces, tabs, newlines and backslashes of a path are three octal digits behind a backslash, proc(5). */
void mount_path_unescape(char *path);

#endif
