/* SPDX-License-Identifier: Apache-2.0 */
#include "nic_options.h"

#include <stdio.h>
#include <string.h>

int interfaces_set(const json_t *list, struct interfaces_wanted *wanted, char *problem, size_t bytes)
{
	const json_t *entry;
	size_t i;

	memset(wanted, 0, sizeof(*wanted));
	if (!json_is_array(list) || json_array_size(list) > INTERFACES_NAMED) {
		snprintf(problem, bytes, "\"interfaces\" must be a list of up to %d names", INTERFACES_NAMED);
		return -1;
	}
	json_array_foreach (list, i, entry) {
		const char *name = json_string_value(entry);

		if (!name || !*name || strlen(name) >= NIC_NAME_BYTES) {
			snprintf(problem, bytes, "\"interfaces\" holds an entry that is no name of an interface");
			return -1;
		}
		strcpy(wanted->names[wanted->count++], name);
	}
	return 0;
}
