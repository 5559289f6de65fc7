/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

int options_read(int fd, struct options *options, char *problem, size_t problem_bytes)
{
	char line[OPTIONS_LINE_BYTES];
	size_t length = 0;

	/* A byte at a time, so that nothing behind the line is taken; it happens once. */
	for (;;) {
		ssize_t got = read(fd, line + length, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			snprintf(problem, problem_bytes, "cannot read the options: %s", strerror(errno));
			return -1;
		}
		if (!got || line[length] == '\n')
			break;
		if (++length == sizeof(line)) {
			snprintf(problem, problem_bytes, "the line of options is longer than %d bytes",
				 OPTIONS_LINE_BYTES - 1);
			return -1;
		}
	}
	if (!length) {
		snprintf(problem, problem_bytes, "no options on standard input");
		return -1;
	}
	return options_parse(line, length, options, problem, problem_bytes);
}
