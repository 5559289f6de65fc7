// SPDX-License-Identifier: Apache-2.0
/*
 * Sets the clock, as a time daemon does.
 *
 *   set-clock tai SECONDS    CLOCK_TAI is so far ahead of CLOCK_REALTIME from now on
 *   set-clock step SECONDS   moves CLOCK_REALTIME, and CLOCK_TAI with it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

int main(int argc, char **argv)
{
	struct timex change = { 0 };
	int is_tai = argc == 3 && strcmp(argv[1], "tai") == 0;

	if (argc != 3 || (!is_tai && strcmp(argv[1], "step") != 0)) {
		fprintf(stderr, "usage: set-clock tai|step SECONDS\n");
		return 2;
	}
	change.modes = is_tai ? ADJ_TAI : ADJ_SETOFFSET;
	if (is_tai)
		change.constant = atol(argv[2]);
	else
		change.time.tv_sec = atol(argv[2]);
	if (adjtimex(&change) < 0) {
		perror("set-clock");
		return 1;
	}
	printf("{\"tai\":%d}\n", change.tai);
	return 0;
}
