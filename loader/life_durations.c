/* SPDX-License-Identifier: Apache-2.0 */
#include "life_durations.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <bpf/bpf.h>

int life_durations_open(struct life_durations *durations, int fd)
{
	static const struct tcp_life_histogram none;

	durations->fd = fd;
	for (int kind = 0; kind < TCP_LIFE_KINDS; kind++) {
		const struct tcp_life_series key = { .kind = kind };

		if (bpf_map_update_elem(fd, &key, &none, BPF_ANY))
			return -errno;
	}
	return 0;
}

static struct life_series *series_of(struct life_durations *durations, const struct tcp_life_series *key)
{
	for (int i = 0; i < durations->count; i++)
		if (!memcmp(&durations->series[i].key, key, sizeof(*key)))
			return &durations->series[i];
	if (durations->count == TCP_LIFE_SERIES)
		return NULL;
	durations->series[durations->count].key = *key;
	return &durations->series[durations->count++];
}

/* Returns whether anything was counted. */
static bool subtract(const struct tcp_life_histogram *now, const struct tcp_life_histogram *before,
		     struct tcp_life_durations *record)
{
	bool any;

	record->zero_count = now->zero_count - before->zero_count;
	record->sum_ns = now->sum_ns - before->sum_ns;
	any = record->zero_count;
	for (int i = 0; i < TCP_LIFE_BUCKETS; i++) {
		record->buckets[i] = now->buckets[i] - before->buckets[i];
		any = any || record->buckets[i];
	}
	return any;
}

static int report_series(struct life_durations *durations, const struct tcp_life_series *key, struct frame_buffer *out,
			 struct tcp_life_durations *record)
{
	struct life_series *series = series_of(durations, key);
	struct tcp_life_histogram now;

	if (!series || bpf_map_lookup_elem(durations->fd, key, &now) || !subtract(&now, &series->before, record))
		return 0;
	record->kind = key->kind;
	record->port = key->port;
	series->before = now;
	return frame_append(out, FRAME_TCP_LIFE_TIMES, record, sizeof(*record));
}

/* Nothing is ever deleted from the map, so the walk meets every entry that was there when it began. */
int life_durations_report(struct life_durations *durations, struct frame_buffer *out, uint64_t start_ns,
			  uint64_t end_ns)
{
	struct tcp_life_durations record = { .start_unix_ns = start_ns, .end_unix_ns = end_ns };
	struct tcp_life_series key;
	bool more = !bpf_map_get_next_key(durations->fd, NULL, &key);
	int err = 0;

	while (more && !err) {
		err = report_series(durations, &key, out, &record);
		more = !bpf_map_get_next_key(durations->fd, &key, &key);
	}
	return err;
}
