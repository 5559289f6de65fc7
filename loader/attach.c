/* SPDX-License-Identifier: Apache-2.0 */
#include "attach.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel_types.h"
#include "log.h"
#include "part_hooks.h"
#include "part_object.h"

static bool needs_sight(const struct options *options)
{
	return options->own_namespace || options->filter.interface_count || options->filter.netns_count ||
	       options->filter.min_queue_length || options->group_by & (GROUP_BY_INTERFACE | GROUP_BY_NETNS);
}

static bool is_needed(const struct probe *probe, const struct options *options)
{
	if (probe->is_needed)
		return probe->is_needed(options);
	return probe->stage < 0 || options->stages & 1ULL << probe->stage;
}

static bool is_wanted(const struct probe *probe, const struct options *options)
{
	if (!is_needed(probe, options))
		return false;
	if (options->own_namespace && (probe->reach == REACH_ENTERED || probe->reach == REACH_SPLIT))
		return false;
	if (probe->hooks[0].blind && needs_sight(options))
		return false;
	/* What serves others has one way only, whatever is asked for. */
	return probe->is_needed || options->attach == TIER_AUTO || options->attach == attach_tiers[probe->attach];
}

/* The part that a row is for: the last one, if that has the same name. */
static struct part *part_of(struct parts *parts, const struct probe *probe)
{
	struct part *last = parts->count ? &parts->part[parts->count - 1] : NULL;

	if (last && !strcmp(last->ways[0]->part, probe->part))
		return last;
	return &parts->part[parts->count++];
}

static void collect(struct parts *parts, const struct options *options)
{
	const struct probe_list *list = probe_lists[options->program];

	for (int i = 0; i < list->count; i++)
		if (is_wanted(&list->rows[i], options)) {
			struct part *part = part_of(parts, &list->rows[i]);

			part->ways[part->way_count++] = &list->rows[i];
		}
}

static void refuse(struct part *part, const char *step, int err)
{
	const struct probe *probe = part->probe;
	char what[96];

	snprintf(what, sizeof(what), "%s %s by %s", step, probe->part, attach_names[probe->attach]);
	host_explain(&part->failure, what, err, attach_capabilities[probe->attach]);
	part->refused[probe->attach] = part->failure.code;
	part_hooks_detach(part);
}

/* The next way that nothing is known against. Returns whether there is one. */
static bool choose_way(struct part *part, const struct bpf_object *object)
{
	while (part->tried < part->way_count) {
		int err;

		part->probe = part->ways[part->tried++];
		err = part_hooks_refused(part->probe, object);
		if (!err)
			return true;
		refuse(part, "attaching", err);
	}
	return false;
}

/* One object for all of these parts. Returns 0 or a negative errno; a part that cannot be attached has its failure. */
static int load_and_attach(struct parts *parts, const struct program_image *image, struct part **chosen, int count)
{
	const struct probe *rows[PARTS_MAX];
	struct bpf_object *object;
	int err, live = 0;

	for (int i = 0; i < count; i++)
		rows[i] = chosen[i]->probe;
	log_libbpf_begin();
	object = part_object_load(image, rows, count, parts->maps, &err);
	if (!object)
		return err;
	for (int i = 0; i < count; i++) {
		chosen[i]->object = object;
		err = part_hooks_attach(chosen[i]);
		if (err) {
			refuse(chosen[i], "attaching", err);
			chosen[i]->object = NULL;
		}
		live += !err;
	}
	if (!live) {
		bpf_object__close(object);
		return 0;
	}
	parts->objects[parts->object_count++] = object;
	if (!parts->maps)
		parts->maps = object;
	return 0;
}

/* Together, which is quick. When the kernel refuses one of the programs, one by one, to find out which. */
static void try_chosen(struct parts *parts, const struct program_image *image, struct part **chosen, int count)
{
	int err = load_and_attach(parts, image, chosen, count);

	if (!err)
		return;
	for (int i = 0; i < count; i++) {
		if (count > 1)
			err = load_and_attach(parts, image, &chosen[i], 1);
		if (err)
			refuse(chosen[i], "loading", err);
	}
}

/* Each round tries the next way of every part that is not live yet. */
static void attach_all(struct parts *parts, const struct program_image *image)
{
	struct bpf_object *unloaded = part_object_open(image);
	struct part *chosen[PARTS_MAX];
	int count;

	do {
		count = 0;
		for (int i = 0; i < parts->count; i++)
			if (!parts->part[i].object && choose_way(&parts->part[i], unloaded))
				chosen[count++] = &parts->part[i];
		if (count)
			try_chosen(parts, image, chosen, count);
	} while (count);
	bpf_object__close(unloaded);
	kernel_types_forget();
	malloc_trim(0); /* type information is large, and used only here */
}

/* What serves other parts is nothing by itself. */
static int count_live(const struct parts *parts)
{
	int live = 0;

	for (int i = 0; i < parts->count; i++)
		live += parts->part[i].object && !parts->part[i].probe->is_needed;
	return live;
}

static void leave_out_helpers(struct parts *parts)
{
	while (parts->count && parts->part[parts->count - 1].ways[0]->is_needed)
		part_hooks_detach(&parts->part[--parts->count]);
}

int parts_attach(struct parts *parts, const struct options *options, const struct program_image *image)
{
	int live;

	memset(parts, 0, sizeof(*parts));
	collect(parts, options);
	attach_all(parts, image);
	live = count_live(parts);
	if (!live)
		leave_out_helpers(parts);
	return live;
}

void parts_probe(struct parts *parts, const struct probe_list *list, const struct program_image *image)
{
	memset(parts, 0, sizeof(*parts));
	for (int i = 0; i < list->count; i++) {
		parts->part[i].ways[0] = &list->rows[i];
		parts->part[i].way_count = 1;
	}
	parts->count = list->count;
	attach_all(parts, image);
	parts_detach(parts);
}

void parts_detach(struct parts *parts)
{
	for (int i = 0; i < parts->count; i++)
		part_hooks_detach(&parts->part[i]);
}

void parts_close(struct parts *parts)
{
	parts_detach(parts);
	while (parts->object_count)
		bpf_object__close(parts->objects[--parts->object_count]);
	memset(parts, 0, sizeof(*parts));
}

const struct part *parts_live(const struct parts *parts, const char *name)
{
	for (int i = 0; i < parts->count; i++)
		if (parts->part[i].object && !strcmp(parts->part[i].probe->part, name))
			return &parts->part[i];
	return NULL;
}

int parts_map_fd(const struct parts *parts, const char *name)
{
	return parts->maps ? bpf_object__find_map_fd_by_name(parts->maps, name) : -1;
}
