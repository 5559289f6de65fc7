/* SPDX-License-Identifier: Apache-2.0 */
#include "filter_options.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A list may hold 64-bit numbers, 32-bit ones, names of interfaces or address ranges; the rest are numbers. */
enum field_kind { FIELD_NUMBER, FIELD_U32_LIST, FIELD_U64_LIST, FIELD_INTERFACES, FIELD_RANGES };

static const struct field {
	const char *name;
	enum field_kind kind;
	size_t offset;
	size_t count_offset; /* of a list */
	unsigned int capacity;
	long long least, most;
} fields[] = {
#define LIST(kind, list, count, capacity, least, most)                                                                 \
	kind, offsetof(struct stack_filter, list), offsetof(struct stack_filter, count), capacity, least, most
	{ "interfaces", LIST(FIELD_INTERFACES, interfaces, interface_count, STACK_INTERFACES, 0, 0) },
	{ "local_ports", LIST(FIELD_U32_LIST, ports, port_count, STACK_PORTS, 1, 65535) },
	{ "address_ranges", LIST(FIELD_RANGES, ranges, range_count, STACK_RANGES, 0, 0) },
	{ "netns_inodes", LIST(FIELD_U32_LIST, netns, netns_count, STACK_NETNS, 1, UINT32_MAX) },
	{ "pids", LIST(FIELD_U32_LIST, pids, pid_count, STACK_PIDS, 1, INT32_MAX) },
	{ "cgroup_ids", LIST(FIELD_U64_LIST, cgroups, cgroup_count, STACK_CGROUPS, 1, INT64_MAX) },
#undef LIST
	{ "ip_version", FIELD_NUMBER, offsetof(struct stack_filter, ip_version), 0, 0, 4, 6 },
	{ "sample_one_in", FIELD_NUMBER, offsetof(struct stack_filter, sample_one_in), 0, 0, 1, UINT32_MAX },
	{ "drop_reordered", FIELD_NUMBER, offsetof(struct stack_filter, drop_reordered), 0, 0, 0, 1 },
	{ "min_queue_length", FIELD_NUMBER, offsetof(struct stack_filter, min_queue_length), 0, 0, 0, UINT32_MAX },
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static const struct {
	const char *name;
	uint64_t bit;
} group_names[] = {
	{ "interface", GROUP_BY_INTERFACE },
	{ "cgroup", GROUP_BY_CGROUP },
	{ "netns", GROUP_BY_NETNS },
	{ "local_port", GROUP_BY_LOCAL_PORT },
};

static bool set_number(const struct field *field, const json_t *value, uint64_t *number)
{
	if (!json_is_integer(value) || json_integer_value(value) < field->least ||
	    json_integer_value(value) > field->most)
		return false;
	*number = json_integer_value(value);
	return true;
}

static bool set_interface(const json_t *value, char *interface)
{
	size_t length = json_is_string(value) ? json_string_length(value) : 0;

	if (!length || length >= STACK_INTERFACE_BYTES)
		return false;
	memcpy(interface, json_string_value(value), length);
	return true;
}

/* The first `bits` of 128, in network order. */
static void set_mask(unsigned int mask[4], unsigned int bits)
{
	for (unsigned int word = 0; word < 4; word++) {
		unsigned int ones = bits <= 32 * word ? 0 : bits >= 32 * (word + 1) ? 32 : bits - 32 * word;

		mask[word] = htonl(ones ? ~0u << (32 - ones) : 0);
	}
}

/* "10.0.0.0/8" or "2001:db8::/32"; without a length, one address. */
static bool set_range(const json_t *value, struct stack_range *range)
{
	char text[INET6_ADDRSTRLEN];
	const char *slash, *digits;
	unsigned int bits, mapped = 0;
	size_t length;

	if (!json_is_string(value))
		return false;
	slash = strchrnul(json_string_value(value), '/');
	length = slash - json_string_value(value);
	if (length >= sizeof(text))
		return false;
	memcpy(text, json_string_value(value), length);
	text[length] = '\0';
	if (inet_pton(AF_INET, text, &range->address[3]) == 1) {
		range->address[2] = htonl(0xffff);
		mapped = 96;
	} else if (inet_pton(AF_INET6, text, range->address) != 1) {
		return false;
	}
	digits = slash + 1;
	if (*slash && (!*digits || strlen(digits) > 3 || strspn(digits, "0123456789") != strlen(digits)))
		return false;
	bits = *slash ? atoi(digits) + mapped : 128;
	if (bits > 128)
		return false;
	set_mask(range->mask, bits);
	for (int word = 0; word < 4; word++)
		range->address[word] &= range->mask[word];
	return true;
}

static bool set_entry(const struct field *field, const json_t *value, void *list, size_t i)
{
	uint64_t number;

	switch (field->kind) {
	case FIELD_INTERFACES:
		return set_interface(value, (char *)list + i * STACK_INTERFACE_BYTES);
	case FIELD_RANGES:
		return set_range(value, (struct stack_range *)list + i);
	case FIELD_U64_LIST:
		return set_number(field, value, (uint64_t *)list + i);
	case FIELD_U32_LIST:
		if (!set_number(field, value, &number))
			return false;
		((uint32_t *)list)[i] = number;
		return true;
	case FIELD_NUMBER:
		break;
	}
	return false;
}

static int refuse(const char *name, const char *what, char *problem, size_t problem_bytes)
{
	snprintf(problem, problem_bytes, "\"%.40s\" in the filter %s", name, what);
	return -1;
}

static int set_field(const struct field *field, const json_t *value, struct stack_filter *filter, char *problem,
		     size_t problem_bytes)
{
	void *target = (char *)filter + field->offset;
	const json_t *entry;
	size_t i;

	if (field->kind == FIELD_NUMBER)
		return set_number(field, value, target)
			       ? 0
			       : refuse(field->name, "is out of bounds", problem, problem_bytes);
	if (!json_is_array(value) || json_array_size(value) > field->capacity)
		return refuse(field->name, "is no list, or too long a one", problem, problem_bytes);
	json_array_foreach (value, i, entry)
		if (!set_entry(field, entry, target, i))
			return refuse(field->name, "holds an entry that is out of bounds", problem, problem_bytes);
	*(unsigned int *)((char *)filter + field->count_offset) = json_array_size(value);
	return 0;
}

static const struct field *find_field(const char *name)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (!strcmp(fields[i].name, name))
			return &fields[i];
	return NULL;
}

int filter_options_set(const json_t *object, struct stack_filter *filter, char *problem, size_t problem_bytes)
{
	const char *name;
	json_t *value;

	if (!json_is_object(object)) {
		snprintf(problem, problem_bytes, "\"filter\" must be an object");
		return -1;
	}
	json_object_foreach ((json_t *)object, name, value) {
		const struct field *field = find_field(name);

		if (!field)
			return refuse(name, "is no filter", problem, problem_bytes);
		if (set_field(field, value, filter, problem, problem_bytes))
			return -1;
	}
	if (filter->ip_version == 5)
		return refuse("ip_version", "must be 4 or 6", problem, problem_bytes);
	return 0;
}

static uint64_t group_bit(const json_t *entry)
{
	for (size_t i = 0; i < sizeof(group_names) / sizeof(group_names[0]); i++)
		if (json_is_string(entry) && !strcmp(group_names[i].name, json_string_value(entry)))
			return group_names[i].bit;
	return 0;
}

int group_by_set(const json_t *list, uint64_t *group_by, char *problem, size_t problem_bytes)
{
	const json_t *entry;
	size_t i;

	*group_by = 0;
	json_array_foreach (list, i, entry)
		*group_by |= group_bit(entry);
	if (json_is_array(list) && (size_t)__builtin_popcountll(*group_by) == json_array_size(list))
		return 0;
	snprintf(problem, problem_bytes, "\"group_by\" must be a list of interface, cgroup, netns and local_port");
	return -1;
}
