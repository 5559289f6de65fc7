/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel_types.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
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

/* By what every socket has then (include/net/sock.h), whether IPv6 is built in or a module. */
static bool find_ipv6(void)
{
	int id = kernel_struct("sock_common");
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(kernel_types, id);

	for (int i = 0; type && i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(kernel_types, btf_members(type)[i].name_off), "skc_v6_daddr"))
			return true;
	return !type;
}

bool kernel_has_ipv6(void)
{
	static bool is_known, has_ipv6;

	if (!is_known)
		has_ipv6 = find_ipv6();
	is_known = true;
	return has_ipv6;
}

void kernel_types_forget(void)
{
	btf__free(kernel_types);
	kernel_types = NULL;
}
