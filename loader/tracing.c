/* SPDX-License-Identifier: Apache-2.0 */
#include "tracing.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "kernel_types.h"

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

int tracing_refused(const char *function)
{
	static bool is_tried;
	static int refusal;
	int id = kernel_function(function);

	if (id == -ENODATA) /* loading the part will say why */
		return 0;
	if (id < 0)
		return -ESRCH;
	if (!is_tried)
		refusal = try_program(id);
	is_tried = true;
	return refusal;
}
