/* SPDX-License-Identifier: Apache-2.0 */
/* The assembler finds the objects in the build folder (-I); see objects.h. */
	.section .rodata

	.globl stack_latency_object, stack_latency_object_end
	.balign 8
stack_latency_object:
	.incbin "stack_latency.bpf.o"
stack_latency_object_end:

	.globl stack_latency_direct_object, stack_latency_direct_object_end
	.balign 8
stack_latency_direct_object:
	.incbin "stack_latency_direct.bpf.o"
stack_latency_direct_object_end:

	.globl tcp_connect_object, tcp_connect_object_end
	.balign 8
tcp_connect_object:
	.incbin "tcp_connect.bpf.o"
tcp_connect_object_end:

	.globl tcp_life_object, tcp_life_object_end
	.balign 8
tcp_life_object:
	.incbin "tcp_life.bpf.o"
tcp_life_object_end:

	.globl tcp_events_object, tcp_events_object_end
	.balign 8
tcp_events_object:
	.incbin "tcp_events.bpf.o"
tcp_events_object_end:

	.section .note.GNU-stack, "", %progbits
