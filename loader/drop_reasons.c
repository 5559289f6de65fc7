/* SPDX-License-Identifier: Apache-2.0 */
#include "drop_reasons.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

/* What reasons beyond the slots are counted under. */
#define REASON_BEYOND 0xfffffffeU

/* The kernel's word for a reason that its code does not give, which is what a hook without one amounts to. */
#define NAME_UNTOLD "NOT_SPECIFIED"

/* SKB_DROP_REASON_NO_SOCKET is NO_SOCKET, as the kernel's own trace prints it. The longest prefix goes first. */
static const char *without_prefix(const char *name)
{
	static const char *const prefixes[] = { "SKB_DROP_REASON_SUBSYS_", "SKB_DROP_REASON_", "SKB_",
						"SK_RST_REASON_" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return name + strlen(prefixes[i]);
	return name;
}

static void read_enum(const struct btf *btf, const char *type_name, reason_name *names, uint32_t count)
{
	int id = btf__find_by_name_kind(btf, type_name, BTF_KIND_ENUM);
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(btf, id);
	const struct btf_enum *values = type ? btf_enum(type) : NULL;

	for (int i = 0; values && i < btf_vlen(type); i++) {
		uint32_t value = values[i].val;

		if (value < count)
			snprintf(names[value], sizeof(*names), "%s",
				 without_prefix(btf__name_by_offset(btf, values[i].name_off)));
	}
}

void reasons_from_btf(const struct btf *btf, struct reason_names *names)
{
	memset(names, 0, sizeof(*names));
	read_enum(btf, "skb_drop_reason", names->drops, DROP_CORE_SLOTS);
	read_enum(btf, "skb_drop_reason_subsys", names->subsystems, REASON_SUBSYSTEMS);
	read_enum(btf, "sk_rst_reason", names->resets, TCP_RESET_REASONS);
}

int reasons_read(struct reason_names *names)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (!btf)
		return -errno;
	reasons_from_btf(btf, names);
	btf__free(btf);
	return 0;
}

static void write_name(const reason_name *names, uint32_t count, uint32_t number, char *text)
{
	if (number < count && names[number][0])
		memcpy(text, names[number], TCP_EVENT_REASON_BYTES);
	else
		snprintf(text, TCP_EVENT_REASON_BYTES, "%u", number);
}

void reason_of_drop(const struct reason_names *names, uint32_t reason, char text[TCP_EVENT_REASON_BYTES])
{
	char subsystem[TCP_EVENT_REASON_BYTES];

	memset(text, 0, TCP_EVENT_REASON_BYTES);
	if (reason == REASON_UNTOLD) {
		strcpy(text, NAME_UNTOLD);
	} else if (reason == REASON_BEYOND) {
		strcpy(text, "OTHER");
	} else if (reason >> 16) {
		write_name(names->subsystems, REASON_SUBSYSTEMS, reason >> 16, subsystem);
		snprintf(text, TCP_EVENT_REASON_BYTES, "%.30s:%u", subsystem, reason & 0xffff);
	} else {
		write_name(names->drops, DROP_CORE_SLOTS, reason, text);
	}
}

void reason_of_reset(const struct reason_names *names, uint32_t reason, char text[TCP_EVENT_REASON_BYTES])
{
	memset(text, 0, TCP_EVENT_REASON_BYTES);
	if (reason == REASON_UNTOLD)
		strcpy(text, NAME_UNTOLD);
	else
		write_name(names->resets, TCP_RESET_REASONS, reason, text);
}

uint32_t reason_of_slot(uint32_t slot)
{
	uint32_t beyond_core = slot - DROP_CORE_SLOTS;

	if (slot < DROP_CORE_SLOTS)
		return slot;
	if (slot == DROP_SLOT_UNTOLD)
		return REASON_UNTOLD;
	if (slot == DROP_SLOT_BEYOND)
		return REASON_BEYOND;
	return (beyond_core / DROP_SUBSYSTEM_SLOTS + 1) << 16 | beyond_core % DROP_SUBSYSTEM_SLOTS;
}
