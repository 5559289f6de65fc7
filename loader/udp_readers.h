/* SPDX-License-Identifier: Apache-2.0 */
/* Where in the kernel a UDP read gives its packet back. */
#ifndef LAGPIPE_UDP_READERS_H
#define LAGPIPE_UDP_READERS_H

#include <stdbool.h>

#include "../bpf/stack_latency_map.h"

/* From /proc/kallsyms, read once; false where addresses are hidden (kptr_restrict, no CAP_SYSLOG) or unknown. */
bool udp_readers_known(void);

/* The ranges; all empty when not known. */
const struct stack_address_range *udp_readers(void);

#endif
