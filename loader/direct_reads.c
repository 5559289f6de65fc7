/* SPDX-License-Identifier: Apache-2.0 */
#include "direct_reads.h"

#include <unistd.h>

#include <bpf/bpf.h>

#include "kernel_types.h"

/* Reads the first word of a socket behind a typed tracepoint's argument, as the programs do. */
static int try_program(int tracepoint, int cast, int sock)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_RAW_TP, .attach_btf_id = tracepoint);
	const struct bpf_insn program[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_1 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = sock },
		{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .imm = cast },
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "lagpipe_probe", "Dual BSD/GPL", program,
			       sizeof(program) / sizeof(program[0]), &opts);

	if (fd >= 0)
		close(fd);
	return fd;
}

bool direct_reads_work(void)
{
	static bool is_tried, works;
	int tracepoint, cast, sock;

	if (is_tried)
		return works;
	is_tried = true;
	tracepoint = kernel_tracepoint("consume_skb");
	cast = kernel_function("bpf_rdonly_cast");
	sock = kernel_struct("sock");
	works = tracepoint >= 0 && cast >= 0 && sock >= 0 && try_program(tracepoint, cast, sock) >= 0;
	return works;
}
