/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "log.h"

static const struct {
	uint64_t bit;
	const char *name;
} capabilities[] = {
	{ HAS_BPF, "CAP_BPF" },		{ HAS_PERFMON, "CAP_PERFMON" },	    { HAS_NET_ADMIN, "CAP_NET_ADMIN" },
	{ HAS_NET_RAW, "CAP_NET_RAW" }, { HAS_SYS_ADMIN, "CAP_SYS_ADMIN" }, { HAS_SYS_PTRACE, "CAP_SYS_PTRACE" },
};

uint64_t host_capabilities(void)
{
	unsigned long long effective = 0;
	char line[256];
	FILE *status = fopen("/proc/self/status", "re");

	if (!status)
		return 0;
	while (fgets(line, sizeof(line), status))
		if (sscanf(line, "CapEff: %llx", &effective) == 1)
			break;
	fclose(status);
	return effective;
}

uint64_t host_missing(uint64_t needed)
{
	uint64_t held = host_capabilities();

	if (held & HAS_SYS_ADMIN)
		held |= HAS_BPF | HAS_PERFMON;
	return needed & ~held;
}

void host_capability_names(uint64_t set, char *text, size_t bytes)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
		if (set & capabilities[i].bit && used < bytes)
			used += snprintf(text + used, bytes - used, "%s%s", used ? ", " : "", capabilities[i].name);
}

/* The helper came with the same kernel as the other account; libbpf tells them apart by it as well. */
bool host_limits_maps(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return false;
	return !libbpf_probe_bpf_helper(BPF_PROG_TYPE_SOCKET_FILTER, BPF_FUNC_ktime_get_coarse_ns, NULL);
}

bool host_has_btf(void)
{
	return !access("/sys/kernel/btf/vmlinux", R_OK);
}

/* The file holds all modes, the present one in brackets: "none [integrity] confidentiality". */
const char *host_lockdown(void)
{
	static const char *const modes[] = { "none", "integrity", "confidentiality" };
	const char *found = "unknown";
	char line[128], bracketed[32];
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");

	if (!file)
		return found;
	if (fgets(line, sizeof(line), file))
		for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
			snprintf(bracketed, sizeof(bracketed), "[%s]", modes[i]);
			if (strstr(line, bracketed))
				found = modes[i];
		}
	fclose(file);
	return found;
}

static void explain_permission(struct failure *failure, const char *what, uint64_t needed)
{
	uint64_t missing = host_missing(needed);
	const char *lockdown = host_lockdown();
	char names[96];

	if (missing) {
		host_capability_names(missing, names, sizeof(names));
		failure->code = "missing_capability";
		snprintf(failure->detail, sizeof(failure->detail), "%s: this process lacks %s", what, names);
	} else if (host_limits_maps()) {
		failure->code = "missing_capability";
		snprintf(failure->detail, sizeof(failure->detail),
			 "%s: this process lacks CAP_SYS_RESOURCE, and its locked memory, which BPF maps are here, is "
			 "limited (ulimit -l)",
			 what);
	} else if (!strcmp(lockdown, "integrity") || !strcmp(lockdown, "confidentiality")) {
		failure->code = "lockdown";
		snprintf(failure->detail, sizeof(failure->detail), "%s: kernel lockdown (%s) forbids it", what,
			 lockdown);
	} else {
		failure->code = "not_permitted";
		snprintf(failure->detail, sizeof(failure->detail),
			 "%s: not permitted although the capabilities are there: a seccomp filter, a container or a "
			 "hardened kernel forbids it",
			 what);
	}
}

void host_explain(struct failure *failure, const char *what, int error, uint64_t needed)
{
	if (error == -EPERM || (error == -EACCES && host_missing(needed))) {
		explain_permission(failure, what, needed);
	} else if (error == -ENODEV) {
		failure->code = "no_such_hook";
		snprintf(failure->detail, sizeof(failure->detail), "%s: no cgroup v2 tree is mounted here", what);
	} else if (error == -EXDEV) {
		failure->code = "no_such_hook";
		snprintf(failure->detail, sizeof(failure->detail),
			 "%s: of the cgroup v2 tree only a part is mounted here, as in a container", what);
	} else if (!host_has_btf()) {
		failure->code = "no_btf";
		snprintf(failure->detail, sizeof(failure->detail),
			 "%s: this kernel has no type information (/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF)",
			 what);
	} else if (error == -ENOENT || error == -ESRCH || error == -EINVAL || error == -EOPNOTSUPP ||
		   error == -ENOSYS) {
		failure->code = "no_such_hook";
		snprintf(failure->detail, sizeof(failure->detail), "%s: this kernel does not have it (%s)", what,
			 strerror(-error));
	} else {
		failure->code = "other";
		snprintf(failure->detail, sizeof(failure->detail), "%s: %s. %.300s", what, strerror(-error),
			 log_libbpf_last());
	}
}
