/* SPDX-License-Identifier: Apache-2.0 */
#include "attach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "cgroup.h"
#include "kprobe.h"
#include "log.h"
#include "netfilter_link.h"
#include "netns.h"

static struct bpf_object *open_object(const struct program_image *image)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = image->name);

	return bpf_object__open_mem(image->bytes, image->size, &opts);
}

static bool is_program_of(const struct probe *probe, const char *name)
{
	for (int i = 0; i < PROBE_HOOKS; i++)
		if (probe->hooks[i].program && !strcmp(probe->hooks[i].program, name))
			return true;
	return false;
}

static bool is_by_netfilter(const struct probe *probe, const struct hook *hook)
{
	return !hook->tracepoint && (probe->attach == ATTACH_NETFILTER || probe->attach == ATTACH_NETFILTER_FOLLOWED);
}

/* libbpf 1.1 does not know their section's name. */
static bool is_netfilter_program(const struct probe *probe, const char *name)
{
	for (int i = 0; i < PROBE_HOOKS && probe->hooks[i].program; i++)
		if (!strcmp(probe->hooks[i].program, name))
			return is_by_netfilter(probe, &probe->hooks[i]);
	return false;
}

/* Only this part's programs are loaded; all maps are. */
static void choose_programs(struct bpf_object *object, const struct probe *probe)
{
	struct bpf_program *program;

	bpf_object__for_each_program (program, object) {
		bpf_program__set_autoload(program, is_program_of(probe, bpf_program__name(program)));
		if (is_netfilter_program(probe, bpf_program__name(program)))
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

static int size_map(const struct bpf_object *object, const struct map_size *sized)
{
	if (!sized->map)
		return 0;
	return bpf_map__set_max_entries(bpf_object__find_map_by_name(object, sized->map), sized->entries);
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

static int add_link(struct part *part, int fd)
{
	if (fd < 0)
		return fd;
	part->links[part->link_count++] = fd;
	return 0;
}

static int attach_cgroup_program(struct part *part, const struct bpf_program *program)
{
	int root = cgroup_root_open();
	int err;

	if (root < 0)
		return root;
	err = add_link(part, bpf_link_create(bpf_program__fd(program), root, bpf_program__expected_attach_type(program),
					     NULL));
	close(root);
	return err;
}

static const uint32_t netfilter_families[] = { NETFILTER_IPV4, NETFILTER_IPV6 };

static int attach_netfilter_program(struct part *part, const struct hook *hook, int program_fd)
{
	int err = 0;

	for (size_t i = 0; i < sizeof(netfilter_families) / sizeof(netfilter_families[0]) && !err; i++)
		err = add_link(part, netfilter_link_near(program_fd, netfilter_families[i], hook->netfilter_hook,
							 hook->priority));
	return err;
}

int part_link_netfilter(const struct part *part, int *links, int room)
{
	const struct hook *hook = &part->probe->hooks[0];
	int program_fd = bpf_program__fd(bpf_object__find_program_by_name(part->object, hook->program));
	int count = 0;

	for (size_t i = 0; i < sizeof(netfilter_families) / sizeof(netfilter_families[0]) && count < room; i++) {
		links[count] =
			netfilter_link_near(program_fd, netfilter_families[i], hook->netfilter_hook, hook->priority);
		count += links[count] >= 0;
	}
	return count;
}

static int attach_hook(struct part *part, const struct hook *hook)
{
	const struct bpf_program *program = bpf_object__find_program_by_name(part->object, hook->program);
	int fd = bpf_program__fd(program);
	int err;

	if (hook->tracepoint)
		return add_link(part, bpf_raw_tracepoint_open(hook->tracepoint, fd));
	switch (part->probe->attach) {
	case ATTACH_TRACING:
		return add_link(part, bpf_raw_tracepoint_open(NULL, fd));
	case ATTACH_KPROBE:
		return add_link(part, kprobe_attach(program));
	case ATTACH_NETFILTER_FOLLOWED:
		err = netns_may_enter();
		return err ? err : attach_netfilter_program(part, hook, fd);
	case ATTACH_NETFILTER:
		return attach_netfilter_program(part, hook, fd);
	case ATTACH_CGROUP:
		return attach_cgroup_program(part, program);
	case ATTACH_RAW_TRACEPOINT:
	case ATTACH_TYPES:
		break;
	}
	return -EINVAL;
}

static int attach_hooks(struct part *part)
{
	for (int i = 0; i < PROBE_HOOKS && part->probe->hooks[i].program; i++) {
		int err = attach_hook(part, &part->probe->hooks[i]);

		if (err)
			return err;
	}
	return 0;
}

static void detach_part(struct part *part)
{
	while (part->link_count)
		close(part->links[--part->link_count]);
}

static void close_part(struct part *part)
{
	detach_part(part);
	bpf_object__close(part->object);
	part->object = NULL;
}

static int load_part(struct part *part, const struct program_image *image, const struct bpf_object *maps)
{
	int err;

	part->object = open_object(image);
	if (!part->object)
		return -errno;
	choose_programs(part->object, part->probe);
	if (maps) {
		err = share_maps(part->object, maps);
	} else {
		err = size_map(part->object, &image->sized);
		err = err ? err : fill_section(part->object, &image->settings);
		err = err ? err : fill_section(part->object, &image->control);
	}
	return err ? err : bpf_object__load(part->object);
}

/* Tries one row. Returns 0, or -1 with part->failure set and nothing left attached. */
static int try_probe(struct part *part, const struct program_image *image, const struct bpf_object *maps)
{
	const struct probe *probe = part->probe;
	const char *step = "loading";
	char what[96];
	int err;

	log_libbpf_begin();
	err = load_part(part, image, maps);
	if (!err) {
		step = "attaching";
		err = attach_hooks(part);
	}
	if (!err)
		return 0;
	snprintf(what, sizeof(what), "%s %s by %s", step, probe->part, attach_names[probe->attach]);
	host_explain(&part->failure, what, err, attach_capabilities[probe->attach]);
	part->refused[probe->attach] = part->failure.code;
	close_part(part);
	return -1;
}

static bool needs_sight(const struct options *options)
{
	return options->own_namespace || options->filter.interface_count || options->filter.netns_count ||
	       options->filter.min_queue_length || options->group_by & (GROUP_BY_INTERFACE | GROUP_BY_NETNS);
}

static bool is_needed(const struct probe *probe, const struct options *options, int live)
{
	if (probe->is_needed)
		return live && probe->is_needed(options);
	return probe->stage < 0 || options->stages & 1ULL << probe->stage;
}

static bool is_wanted(const struct probe *probe, const struct options *options, int live)
{
	if (!is_needed(probe, options, live))
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

	if (last && !strcmp(last->probe->part, probe->part))
		return last;
	return &parts->part[parts->count++];
}

int parts_attach(struct parts *parts, const struct options *options, const struct program_image *image)
{
	const struct probe_list *list = probe_lists[options->program];
	int live = 0;

	memset(parts, 0, sizeof(*parts));
	for (int i = 0; i < list->count; i++) {
		const struct probe *probe = &list->rows[i];
		struct part *part;

		if (!is_wanted(probe, options, live))
			continue;
		part = part_of(parts, probe);
		if (part->object)
			continue;
		part->probe = probe;
		if (try_probe(part, image, parts->maps))
			continue;
		live++;
		if (!parts->maps)
			parts->maps = part->object;
	}
	return live;
}

int probe_try(const struct probe *probe, const struct program_image *image, struct failure *failure)
{
	struct part part = { .probe = probe };
	int err = try_probe(&part, image, NULL);

	*failure = part.failure;
	close_part(&part);
	return err;
}

void parts_detach(struct parts *parts)
{
	for (int i = 0; i < parts->count; i++)
		detach_part(&parts->part[i]);
}

void parts_close(struct parts *parts)
{
	parts_detach(parts);
	for (int i = 0; i < parts->count; i++)
		bpf_object__close(parts->part[i].object);
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
