/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel_types.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>

static struct btf *kernel_types;

/* NULL: loading a program will say why. */
static struct btf *types_of_kernel(void)
{
	if (!kernel_types)
		kernel_types = btf__load_vmlinux_btf();
	return kernel_types;
}

static int find(const char *name, uint32_t kind)
{
	const struct btf *types = types_of_kernel();

	return types ? btf__find_by_name_kind(types, name, kind) : -ENODATA;
}

int kernel_function(const char *name)
{
	return find(name, BTF_KIND_FUNC);
}

int kernel_struct(const char *name)
{
	return find(name, BTF_KIND_STRUCT);
}

/* The type of its handler tells of it. */
int kernel_tracepoint(const char *name)
{
	char handler[64];

	snprintf(handler, sizeof(handler), "btf_trace_%s", name);
	return find(handler, BTF_KIND_TYPEDEF);
}

/* What a struct's member tells of the kernel. Asked once; from then on it is known without the types. */
struct fact {
	const char *type, *member;
	bool unless_told; /* the answer where there are no types */
	bool is_known, holds;
};

static bool has_member(const struct fact *fact)
{
	int id = kernel_struct(fact->type);
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(kernel_types, id);

	for (int i = 0; type && i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(kernel_types, btf_members(type)[i].name_off), fact->member))
			return true;
	return type ? false : fact->unless_told;
}

static bool holds(struct fact *fact)
{
	if (!fact->is_known)
		fact->holds = has_member(fact);
	fact->is_known = true;
	return fact->holds;
}

/* By what every socket has then (include/net/sock.h), whether IPv6 is built in or a module. */
bool kernel_has_ipv6(void)
{
	static struct fact ipv6 = { "sock_common", "skc_v6_daddr", .unless_told = true };

	return holds(&ipv6);
}

/* By the mark that such a kernel gives the programs of process 1 itself. */
bool kernel_hides_process_1(void)
{
	static struct fact owned = { "bpf_prog_aux", "init_owned", .unless_told = false };

	return holds(&owned);
}

/* What reports say of the kernel is asked before, lest the types be read again for it. */
void kernel_types_forget(void)
{
	kernel_hides_process_1();
	btf__free(kernel_types);
	kernel_types = NULL;
}
