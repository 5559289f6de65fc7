/* SPDX-License-Identifier: Apache-2.0 */
/* The BPF object of some parts: their programs and all the maps. */
#ifndef LAGPIPE_PART_OBJECT_H
#define LAGPIPE_PART_OBJECT_H

#include "attach.h"

/* With every program, not loaded. NULL: it cannot be read. */
struct bpf_object *part_object_open(const struct program_image *image);

/*
 * Loads the programs of the chosen rows, which share the maps of `maps` unless that is NULL. One object for many parts,
 * because each object has to read the kernel's type information anew, which takes some 30 ms. Returns NULL with a
 * negative errno in *err.
 */
struct bpf_object *part_object_load(const struct program_image *image, const struct probe *const *chosen, int count,
				    const struct bpf_object *maps, int *err);

#endif
