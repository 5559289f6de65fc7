/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAGPIPE_RUN_H
#define LAGPIPE_RUN_H

#include "options.h"

#define EXIT_BAD_OPTIONS      64 /* EX_USAGE */
#define EXIT_NOTHING_ATTACHED 69 /* EX_UNAVAILABLE: trying again would not help */

/* Attaches, streams until standard input closes, and returns the exit code. */
int run_program(const struct options *options);

#endif
