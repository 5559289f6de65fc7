/* SPDX-License-Identifier: Apache-2.0 */
/* The BPF objects, compiled into this binary: a privileged program must not load code from a path. */
#ifndef LAGPIPE_OBJECTS_H
#define LAGPIPE_OBJECTS_H

extern const unsigned char stack_latency_object[], stack_latency_object_end[];
extern const unsigned char stack_latency_direct_object[], stack_latency_direct_object_end[]; /* see direct_reads.h */
extern const unsigned char tcp_connect_object[], tcp_connect_object_end[];
extern const unsigned char tcp_life_object[], tcp_life_object_end[];
extern const unsigned char tcp_events_object[], tcp_events_object_end[];

#endif
