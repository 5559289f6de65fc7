// SPDX-License-Identifier: Apache-2.0
/*
 * Sets by how many seconds CLOCK_TAI is ahead of CLOCK_REALTIME, as a time daemon does at its first contact.
 *
 *   set-tai SECONDS
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/timex.h>

int main(int argc, char **argv)
{
	struct timex change = {.modes = ADJ_TAI};

	if (argc != 2) {
		fprintf(stderr, "usage: set-tai SECONDS\n");
		return 2;
	}
	change.constant = atol(argv[1]);
	if (adjtimex(&change) < 0) {
		perror("set-tai");
		return 1;
	}
	printf("{\"tai\":%d}\n", change.tai);
	return 0;
}
