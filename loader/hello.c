/* SPDX-License-Identifier: Apache-2.0 */
#include "hello.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "kernel_types.h"

const char *hello_kernel(void)
{
	static struct utsname name;

	return uname(&name) ? "unknown" : name.release;
}

/* What was tried before: {"tracing": "lockdown"}. */
static json_t *describe_refused(const struct part *part)
{
	json_t *refused = json_object();

	for (int type = 0; type < ATTACH_TYPES; type++)
		if (part->refused[type])
			json_object_set_new(refused, attach_names[type], json_string(part->refused[type]));
	return refused;
}

static bool is_tracing(enum attach_type type)
{
	return type == ATTACH_TRACING || type == ATTACH_KPROBE || type == ATTACH_RAW_TRACEPOINT;
}

json_t *hello_covers(const struct probe *probe)
{
	bool hides = *probe->covers && is_tracing(probe->attach) && kernel_hides_process_1();

	return json_sprintf("%s%s", probe->covers,
			    hides ? "; this kernel hides what happens while process 1 runs, uncounted" : "");
}

static json_t *describe_part(const struct part *part)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:o, s:o}", "part", part->probe->part, "state",
				   part->object ? "live" : "denied", "attach", attach_names[part->probe->attach],
				   "covers", hello_covers(part->probe), "refused", describe_refused(part));

	if (!part->object) {
		json_object_set_new(object, "code", json_string(part->failure.code));
		json_object_set_new(object, "detail", json_string(part->failure.detail));
	}
	return object;
}

json_t *hello_probes(const struct parts *parts)
{
	json_t *list = json_array();

	for (int i = 0; i < parts->count; i++)
		json_array_append_new(list, describe_part(&parts->part[i]));
	return list;
}

int hello_send(const struct options *options, json_t *probes, struct frame_buffer *out)
{
	json_t *hello = json_pack("{s:s, s:s, s:s, s:o}", "loader_version", LOADER_VERSION, "kernel", hello_kernel(),
				  "program", program_names[options->program], "probes", probes);
	char *text = hello ? json_dumps(hello, JSON_COMPACT) : NULL;
	int err = text ? frame_append_text(out, FRAME_HELLO, text) : -ENOMEM;

	free(text);
	json_decref(hello);
	return err;
}
