/* SPDX-License-Identifier: Apache-2.0 */
#include "../drop_reasons.h"

#include <string.h>

#include <bpf/btf.h>

#include "check.h"

static struct reason_names names;

static void add_enum(struct btf *btf, const char *type, const char *const *values, const int *numbers, int count)
{
	CHECK(btf__add_enum(btf, type, 4) > 0, "no %s", type);
	for (int i = 0; i < count; i++)
		CHECK(!btf__add_enum_value(btf, values[i], numbers[i]), "no %s", values[i]);
}

/* Numbers that no kernel has: they must come from the BTF and from nowhere else. */
static void read_names(void)
{
	static const char *const drops[] = { "SKB_CONSUMED", "SKB_DROP_REASON_NO_SOCKET",
					     "SKB_DROP_REASON_SUBSYS_MASK" };
	static const char *const subsystems[] = { "SKB_DROP_REASON_SUBSYS_CORE", "SKB_DROP_REASON_SUBSYS_OPENVSWITCH" };
	static const char *const resets[] = { "SK_RST_REASON_NO_SOCKET",
					      "SK_RST_REASON_A_NAME_OF_FAR_MORE_THAN_FORTY_BYTES_IS_CUT" };
	struct btf *btf = btf__new_empty();

	CHECK(btf, "no BTF");
	add_enum(btf, "skb_drop_reason", drops, (const int[]){ 7, 200, -65536 }, 3);
	add_enum(btf, "skb_drop_reason_subsys", subsystems, (const int[]){ 0, 3 }, 2);
	add_enum(btf, "sk_rst_reason", resets, (const int[]){ 5, 63 }, 2);
	reasons_from_btf(btf, &names);
	btf__free(btf);
}

static void check_drop(uint32_t reason, const char *expected)
{
	char text[TCP_EVENT_REASON_BYTES];

	reason_of_drop(&names, reason, text);
	CHECK(!strcmp(text, expected), "%u is %s", reason, text);
}

static void names_drops(void)
{
	check_drop(7, "CONSUMED");
	check_drop(200, "NO_SOCKET");
	check_drop(201, "201");
	check_drop(256, "256");
	check_drop(3 << 16 | 4, "OPENVSWITCH:4");
	check_drop(9u << 16 | 65535, "9:65535");
	check_drop(0xfff0u << 16, "65520:0");
	check_drop(REASON_UNTOLD, "NOT_SPECIFIED");
	check_drop(reason_of_slot(DROP_SLOT_BEYOND), "OTHER");
}

static void names_resets(void)
{
	char text[TCP_EVENT_REASON_BYTES];

	reason_of_reset(&names, 5, text);
	CHECK(!strcmp(text, "NO_SOCKET"), "%s", text);
	reason_of_reset(&names, 63, text);
	CHECK(strlen(text) == TCP_EVENT_REASON_BYTES - 1, "%s", text);
	reason_of_reset(&names, 64, text);
	CHECK(!strcmp(text, "64"), "%s", text);
	reason_of_reset(&names, REASON_UNTOLD, text);
	CHECK(!strcmp(text, "NOT_SPECIFIED"), "%s", text);
}

/* A kernel without these enums: numbers, and nothing read that was not written. */
static void does_without_names(void)
{
	struct btf *btf = btf__new_empty();

	reasons_from_btf(btf, &names);
	btf__free(btf);
	check_drop(2, "2");
	check_drop(2 << 16 | 1, "2:1");
}

/* The worked example of tcp_events_map.h, and the ends of each range. */
static void slots_are_reasons(void)
{
	CHECK(reason_of_slot(0) == 0 && reason_of_slot(255) == 255, "core");
	CHECK(reason_of_slot(256 + 64 + 3) == 0x20003, "%x", reason_of_slot(256 + 64 + 3));
	CHECK(reason_of_slot(256) == 0x10000 && reason_of_slot(DROP_SLOT_UNTOLD - 1) == 0x4003f, "subsystems");
	CHECK(reason_of_slot(DROP_SLOT_UNTOLD) == REASON_UNTOLD, "untold");
}

int main(void)
{
	read_names();
	names_drops();
	names_resets();
	does_without_names();
	slots_are_reasons();
	printf("drop reasons: named by the BTF, numbered without it\n");
	return 0;
}
