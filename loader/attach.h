/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and attaches the parts of a program, each by itself: a part that is refused never stops another. */
#ifndef LAGPIPE_ATTACH_H
#define LAGPIPE_ATTACH_H

#include <stddef.h>

#include <bpf/libbpf.h>

#include "host.h"
#include "programs.h"

/* Two address families for each netfilter hook. */
#define PART_LINKS (2 * PROBE_HOOKS)

/* Rows of the longest list, each a part when all of them are tried. */
#define PARTS_MAX 48

/* Ways to attach one part, at most. */
#define PART_WAYS 10

/* One part, live or not. */
struct part {
	const struct probe *ways[PART_WAYS]; /* rows that may serve, the best first */
	int way_count, tried;
	const struct probe *probe; /* the row in use, or the one that failed last */
	struct bpf_object *object; /* of one or more parts. NULL: not live */
	int links[PART_LINKS];	   /* file descriptors; closing one detaches */
	int link_count;
	struct failure failure;		   /* when not live */
	const char *refused[ATTACH_TYPES]; /* code of the failure of each way that was tried before; NULL: none */
};

struct parts {
	struct part part[PARTS_MAX];
	int count;
	struct bpf_object *objects[PARTS_MAX];
	int object_count;
	struct bpf_object *maps; /* the first object; it owns the maps that all share. NULL: nothing is live */
};

/* What goes into a data section of a BPF object before it is loaded. */
struct section_content {
	const char *section; /* NULL: nothing */
	const void *bytes;
	size_t size;
};

#define MAPS_SIZED 3

/* How large a map is, where the options decide it. */
struct map_size {
	const char *map; /* NULL: none */
	uint32_t entries;
};

struct program_image {
	const char *name;
	const void *bytes;
	size_t size;
	struct map_size sized[MAPS_SIZED];
	struct section_content settings; /* for .rodata */
	struct section_content control;	 /* for .bss */
};

/* Tries each part of the program that the options ask for. Returns how many are live. */
int parts_attach(struct parts *parts, const struct options *options, const struct program_image *image);

/* Tries every row of a list by itself, and leaves nothing attached. A part that is live afterwards is one that works.
 */
void parts_probe(struct parts *parts, const struct probe_list *list, const struct program_image *image);

/* Links the part's netfilter programs in the network namespace of this moment. Returns how many files it opened. */
int part_link_netfilter(const struct part *part, int *links, int room);

/* Detaches everything; maps stay, so that what was counted can be read. */
void parts_detach(struct parts *parts);

void parts_close(struct parts *parts);

/* The part of this name, or NULL when it is not live. */
const struct part *parts_live(const struct parts *parts, const char *name);

/* File descriptor of a shared map, or -1. */
int parts_map_fd(const struct parts *parts, const char *name);

#endif
