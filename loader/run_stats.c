/* SPDX-License-Identifier: Apache-2.0 */
#include "run_stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <jansson.h>

#include "log.h"

static int program_info(const struct bpf_program *program, struct bpf_prog_info *info)
{
	uint32_t length = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(bpf_program__fd(program), info, &length);
}

static const struct bpf_program *program_of(const struct part *part, int hook)
{
	const char *name = part->probe->hooks[hook].program;

	return name ? bpf_object__find_program_by_name(part->object, name) : NULL;
}

uint64_t part_recursion_misses(const struct part *part)
{
	uint64_t misses = 0;

	for (int i = 0; i < PROBE_HOOKS; i++) {
		const struct bpf_program *program = program_of(part, i);
		struct bpf_prog_info info;

		if (program && !part->probe->hooks[i].helps && !program_info(program, &info))
			misses += info.recursion_misses;
	}
	return misses;
}

uint64_t parts_recursion_misses(const struct parts *parts)
{
	uint64_t misses = 0;

	for (int i = 0; i < parts->count; i++)
		if (parts->part[i].object)
			misses += part_recursion_misses(&parts->part[i]);
	return misses;
}

int run_stats_enable(void)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct failure failure;

	if (fd >= 0)
		return fd;
	host_explain(&failure, "counting run times", -errno, HAS_SYS_ADMIN);
	log_warn(failure.code, "%s; they are all 0 unless the sysctl kernel.bpf_stats_enabled is on", failure.detail);
	return -1;
}

static void add_part(json_t *list, const struct part *part)
{
	for (int i = 0; i < PROBE_HOOKS; i++) {
		const struct bpf_program *program = program_of(part, i);
		struct bpf_prog_info info;

		if (!program || program_info(program, &info))
			continue;
		json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:I, s:I}", "name", bpf_program__name(program),
						      "part", part->probe->part, "run_count", (json_int_t)info.run_cnt,
						      "run_time_ns", (json_int_t)info.run_time_ns, "recursion_misses",
						      (json_int_t)info.recursion_misses));
	}
}

int run_stats_report(const struct parts *parts, struct frame_buffer *out)
{
	json_t *list = json_array(), *object;
	char *text;
	int err;

	for (int i = 0; i < parts->count; i++)
		if (parts->part[i].object)
			add_part(list, &parts->part[i]);
	object = json_pack("{s:o}", "programs", list);
	text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	err = text ? frame_append_text(out, FRAME_RUN_STATS, text) : -ENOMEM;
	free(text);
	json_decref(object);
	return err;
}
