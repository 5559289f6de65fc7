/* SPDX-License-Identifier: Apache-2.0 */
/* Which interfaces the program `nic` asks. */
#ifndef LAGPIPE_NIC_OPTIONS_H
#define LAGPIPE_NIC_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "nic_records.h"

#define INTERFACES_NAMED 32

/* None: those with a device behind them, or all but loopback where there is none. */
struct interfaces_wanted {
	uint32_t count;
	char names[INTERFACES_NAMED][NIC_NAME_BYTES];
};

/* From a list of names. Returns 0, or -1 with one sentence in `problem`. */
int interfaces_set(const json_t *list, struct interfaces_wanted *wanted, char *problem, size_t problem_bytes);

#endif
