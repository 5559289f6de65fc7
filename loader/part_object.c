/* SPDX-License-Identifier: Apache-2.0 */
#include "part_object.h"

#include <errno.h>
#include <string.h>

#include "netfilter_link.h"
#include "part_hooks.h"

struct bpf_object *part_object_open(const struct program_image *image)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = image->name);

	return bpf_object__open_mem(image->bytes, image->size, &opts);
}

/* The chosen hook that the program serves and this kernel has, with its row, or NULL. */
static const struct hook *find_hook(const struct probe *const *chosen, int count, const char *name,
				    const struct probe **row)
{
	for (int i = 0; i < count; i++)
		for (int k = 0; k < PROBE_HOOKS && chosen[i]->hooks[k].program; k++)
			if (part_needs_hook(&chosen[i]->hooks[k]) && !strcmp(chosen[i]->hooks[k].program, name)) {
				*row = chosen[i];
				return &chosen[i]->hooks[k];
			}
	return NULL;
}

/* Only the chosen programs are loaded; all maps are. */
static void choose_programs(struct bpf_object *object, const struct probe *const *chosen, int count)
{
	struct bpf_program *program;

	bpf_object__for_each_program (program, object) {
		const struct probe *row;
		const struct hook *hook = find_hook(chosen, count, bpf_program__name(program), &row);

		bpf_program__set_autoload(program, hook);
		/* libbpf 1.1 does not know their section's name. */
		if (hook && part_is_by_netfilter(row, hook))
			netfilter_set_type(program);
	}
}

/* Objects of the same image have the same maps in the same order: the second one takes over those of the first. */
static int share_maps(struct bpf_object *object, const struct bpf_object *from)
{
	const struct bpf_map *theirs;
	struct bpf_map *ours;

	bpf_object__for_each_map (ours, object) {
		int err;

		theirs = bpf_object__find_map_by_name(from, bpf_map__name(ours));
		if (!theirs)
			return -ENOENT;
		err = bpf_map__reuse_fd(ours, bpf_map__fd(theirs));
		if (err)
			return err;
	}
	return 0;
}

static int size_maps(const struct bpf_object *object, const struct map_size sized[MAPS_SIZED])
{
	int err = 0;

	for (int i = 0; i < MAPS_SIZED && sized[i].map && !err; i++)
		err = bpf_map__set_max_entries(bpf_object__find_map_by_name(object, sized[i].map), sized[i].entries);
	return err;
}

static int fill_section(struct bpf_object *object, const struct section_content *content)
{
	struct bpf_map *map;
	size_t size;
	void *bytes;

	if (!content->section)
		return 0;
	map = bpf_object__find_map_by_name(object, content->section);
	bytes = map ? (void *)bpf_map__initial_value(map, &size) : NULL;
	if (!bytes || size < content->size)
		return -EPROTO; /* object and loader were not built from the same sources */
	memcpy(bytes, content->bytes, content->size);
	return 0;
}

struct bpf_object *part_object_load(const struct program_image *image, const struct probe *const *chosen, int count,
				    const struct bpf_object *maps, int *err)
{
	struct bpf_object *object = part_object_open(image);

	if (!object) {
		*err = -errno;
		return NULL;
	}
	choose_programs(object, chosen, count);
	if (maps) {
		*err = share_maps(object, maps);
	} else {
		*err = size_maps(object, image->sized);
		*err = *err ? *err : fill_section(object, &image->settings);
		*err = *err ? *err : fill_section(object, &image->control);
	}
	*err = *err ? *err : bpf_object__load(object);
	if (!*err)
		return object;
	bpf_object__close(object);
	return NULL;
}
