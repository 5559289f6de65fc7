/* SPDX-License-Identifier: Apache-2.0 */
/* Attaches the programs of a part to the kernel's hooks. */
#ifndef LAGPIPE_PART_HOOKS_H
#define LAGPIPE_PART_HOOKS_H

#include "attach.h"

/*
 * Whether the host refuses a row for a reason that is found out without loading it: a function that is not there,
 * tracing programs that are not allowed. `object` need not be loaded. Returns 0 when nothing is known against it, or a
 * negative errno.
 */
int part_hooks_refused(const struct probe *probe, const struct bpf_object *object);

/* False for what only IPv6 has, on a kernel without it. */
bool part_needs_hook(const struct hook *hook);

bool part_is_by_netfilter(const struct probe *probe, const struct hook *hook);

/* Attaches part->probe from part->object. Returns 0 or a negative errno; what was attached until then stays. */
int part_hooks_attach(struct part *part);

void part_hooks_detach(struct part *part);

#endif
