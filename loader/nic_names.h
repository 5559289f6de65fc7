/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAGPIPE_NIC_NAMES_H
#define LAGPIPE_NIC_NAMES_H

#include <stdbool.h>

/* Whether a driver's name for a statistic says that something was lost, refused, full or broken. */
bool nic_name_is_trouble(const char *name);

#endif
