/* SPDX-License-Identifier: Apache-2.0 */
#include "mount_path.h"

#include <stdio.h>

void mount_path_unescape(char *path)
{
	char *to = path;

	for (const char *from = path; *from; to++) {
		unsigned int code;

		if (*from == '\\' && sscanf(from + 1, "%3o", &code) == 1) {
			*to = (char)code;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}
