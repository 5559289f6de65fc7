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

static bool has_member(const char *name, const char *member, bool unless_told)
{
	int id = kernel_struct(name);
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(kernel_types, id);

	for (int i = 0; type && i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(kernel_types, btf_members(type)[i].name_off), member))
			return true;
	return type ? false : unless_told;
}

/* By what every socket has then (include/net/sock.h), whether IPv6 is built in or a module. */
bool kernel_has_ipv6(void)
{
	static bool is_known, has_ipv6;

	if (!is_known)
		has_ipv6 = has_member("sock_common", "skc_v6_daddr", true);
	is_known = true;
	return has_ipv6;
}

/* By the mark that such a kernel gives the programs of process 1 itself. */
bool kernel_hides_process_1(void)
{
	static bool is_known, hides;

	if (!is_known)
		hides = has_member("bpf_prog_aux", "init_owned", false);
	is_known = true;
	return hides;
}

void kernel_types_forget(void)
{
	btf__free(kernel_types);
	kernel_types = NULL;
}
