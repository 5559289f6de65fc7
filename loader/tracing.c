/* SPDX-License-Identifier: Apache-2.0 */
#include "tracing.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

static struct btf *kernel_types;

/* r0 = 0; exit */
static const struct bpf_insn nothing[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static int try_program(int function)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY, .attach_btf_id = function);
	int program = bpf_prog_load(BPF_PROG_TYPE_TRACING, "lagpipe_probe", "Dual BSD/GPL", nothing, 2, &opts);

	if (program < 0)
		return program;
	close(program);
	return 0;
}

/* NULL: loading the part will say why. */
static struct btf *types_of_kernel(void)
{
	if (!kernel_types)
		kernel_types = btf__load_vmlinux_btf();
	return kernel_types;
}

/* By what every socket has then (include/net/sock.h), whether IPv6 is built in or a module. */
static bool find_ipv6(const struct btf *types)
{
	int id = types ? btf__find_by_name_kind(types, "sock_common", BTF_KIND_STRUCT) : -ENOENT;
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(types, id);

	for (int i = 0; type && i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(types, btf_members(type)[i].name_off), "skc_v6_daddr"))
			return true;
	return !type;
}

bool tracing_has_ipv6(void)
{
	static bool is_known, has_ipv6;

	if (!is_known)
		has_ipv6 = find_ipv6(types_of_kernel());
	is_known = true;
	return has_ipv6;
}

int tracing_refused(const char *function)
{
	static bool is_tried;
	static int refusal;
	int id;

	if (!types_of_kernel())
		return 0;
	id = btf__find_by_name_kind(kernel_types, function, BTF_KIND_FUNC);
	if (id < 0)
		return -ESRCH;
	if (!is_tried)
		refusal = try_program(id);
	is_tried = true;
	return refusal;
}

void tracing_forget(void)
{
	btf__free(kernel_types);
	kernel_types = NULL;
}
