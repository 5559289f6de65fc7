/* SPDX-License-Identifier: Apache-2.0 */
#include "namespace_options.h"

#include <stdio.h>
#include <string.h>

static int refuse(char *problem, size_t bytes, const char *why)
{
	snprintf(problem, bytes, "\"namespaces\" %s", why);
	return -1;
}

/* A name, never a path: this process may be allowed more than whoever chose it. */
static bool is_name(const char *text)
{
	return *text && strlen(text) < NAMESPACE_NAME_BYTES && !strchr(text, '/') && strcmp(text, ".") &&
	       strcmp(text, "..");
}

static int add_name(const json_t *entry, struct namespaces_wanted *wanted, char *problem, size_t bytes)
{
	const char *name = json_string_value(entry);

	if (!name || !is_name(name))
		return refuse(problem, bytes, "holds an entry that is no name of a network namespace");
	if (!strcmp(name, "own")) {
		wanted->own = true;
		return 0;
	}
	if (wanted->count == NAMESPACES_NAMED)
		return refuse(problem, bytes, "holds more than 32 names");
	strcpy(wanted->names[wanted->count++], name);
	return 0;
}

int namespaces_set(const json_t *value, struct namespaces_wanted *wanted, char *problem, size_t bytes)
{
	const char *word = json_string_value(value);
	const json_t *entry;
	size_t i;
	int err = 0;

	memset(wanted, 0, sizeof(*wanted));
	if (word && !strcmp(word, "all")) {
		wanted->own = wanted->all = true;
		return 0;
	}
	if (word && !strcmp(word, "own")) {
		wanted->own = true;
		return 0;
	}
	if (!json_is_array(value) || !json_array_size(value))
		return refuse(problem, bytes, "must be own, all or a list of names");
	json_array_foreach (value, i, entry)
		err = err ? err : add_name(entry, wanted, problem, bytes);
	return err;
}
