/* SPDX-License-Identifier: Apache-2.0 */
#include "direct_reads.h"

#include <unistd.h>

#include <bpf/bpf.h>

#include "kernel_types.h"

/* Reads the first word of a socket behind a tracepoint's argument, as the programs do. */
static int try_program(int cast, int sock)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_1 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = sock },
		{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .imm = cast },
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "lagpipe_probe", "Dual BSD/GPL", program,
			       sizeof(program) / sizeof(program[0]), NULL);

	if (fd >= 0)
		close(fd);
	return fd;
}

bool direct_reads_work(void)
{
	static bool is_tried, works;
	int cast, sock;

	if (is_tried)
		return works;
	is_tried = true;
	cast = kernel_function("bpf_rdonly_cast");
	sock = cast < 0 ? cast : kernel_struct("sock");
	works = sock >= 0 && try_program(cast, sock) >= 0;
	return works;
}
