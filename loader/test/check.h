/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAGPIPE_TEST_CHECK_H
#define LAGPIPE_TEST_CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* Ends the test with a line that says where and, in printf's manner, what was seen. */
#define CHECK(condition, ...)                                                                                          \
	do {                                                                                                           \
		if (condition)                                                                                         \
			break;                                                                                         \
		fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition);                                        \
		fprintf(stderr, __VA_ARGS__);                                                                          \
		fputc('\n', stderr);                                                                                   \
		exit(EXIT_FAILURE);                                                                                    \
	} while (0)

#endif
