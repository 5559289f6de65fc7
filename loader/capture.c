/* SPDX-License-Identifier: Apache-2.0 */
/* Captures packets of a network interface with libpcap, and sends them as the pcap file that they would be. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* <linux/bpf.h> has another struct of the same name as <pcap/bpf.h>. */
#define PCAP_DONT_INCLUDE_PCAP_BPF_H
#include <pcap/pcap.h>

#include "capture_open.h"
#include "capture_records.h"
#include "clock.h"
#include "host.h"
#include "log.h"
#include "program.h"

/* After so long of taking packets, whatever else waits has its turn. */
#define DRAIN_NS (50 * NS_PER_MS)

/* The last packets, once nobody asks for more. */
#define LAST_DRAIN_NS NS_PER_S

/* Packets between two looks at the clock. */
#define DRAIN_PACKETS 1000

struct capture_state {
	pcap_t *pcap;
	struct pcap_stat before;
	int err; /* of the output, while packets are taken */
};

static uint64_t capabilities(const struct options *options, bool running)
{
	(void)options;
	return running ? 0 : HAS_NET_RAW;
}

static int send_header(struct run *run)
{
	const struct capture_state *state = run->state;
	const struct pcap_file_header header = {
		.magic = pcap_get_tstamp_precision(state->pcap) == PCAP_TSTAMP_PRECISION_NANO ? PCAP_MAGIC_NANOS
											      : PCAP_MAGIC_MICROS,
		.version_major = PCAP_VERSION_MAJOR,
		.version_minor = PCAP_VERSION_MINOR,
		.snaplen = pcap_snapshot(state->pcap),
		.linktype = pcap_datalink(state->pcap),
	};

	return frame_append_stream(&run->out, FRAME_CAPTURE, &header, sizeof(header), 0);
}

static int start(struct run *run)
{
	struct capture_state *state = calloc(1, sizeof(*state));
	int err;

	if (!state)
		return -ENOMEM;
	run->state = state;
	err = capture_open(&state->pcap, &run->options);
	return err ? err : send_header(run);
}

static json_t *describe(const struct run *run)
{
	return json_pack("[{s:s, s:s, s:s, s:s, s:{}}]", "part", run->options.interface, "state", "live", "attach",
			 "packet_socket", "covers", CAPTURE_COVERS, "refused");
}

static void take_packet(u_char *context, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct run *run = (struct run *)context;
	struct capture_state *state = run->state;
	const struct capture_record_header record = {
		.seconds = header->ts.tv_sec,
		.fraction = header->ts.tv_usec, /* nanoseconds, as was asked for */
		.captured = header->caplen,
		.length = header->len,
	};
	struct frame_buffer *out = &run->out;

	if (!state->err)
		state->err = frame_append_stream(out, FRAME_CAPTURE, &record, sizeof(record), 1);
	if (!state->err)
		state->err = frame_append_stream(out, FRAME_CAPTURE, bytes, header->caplen, 0);
	if (state->err)
		pcap_breakloop(state->pcap);
}

/* Returns 0 when nothing is left, 1 when the time was over before, or a negative errno. */
static int drain_for(struct run *run, uint64_t limit_ns)
{
	struct capture_state *state = run->state;
	uint64_t end_ns = clock_monotonic_ns() + limit_ns;
	int got;

	do {
		got = pcap_dispatch(state->pcap, DRAIN_PACKETS, take_packet, (u_char *)run);
		if (state->err)
			return state->err;
		if (got < 0) {
			log_warn("other", "capturing on %s: %s", run->options.interface, pcap_geterr(state->pcap));
			return -ENETDOWN;
		}
	} while (got > 0 && clock_monotonic_ns() < end_ns);
	return got > 0;
}

static int drain(struct run *run)
{
	return drain_for(run, DRAIN_NS);
}

static int wake_fd(const struct run *run)
{
	const struct capture_state *state = run->state;

	return pcap_get_selectable_fd(state->pcap);
}

/* What was lost since the last time. libpcap's counters wrap. */
static int send_stats(struct run *run)
{
	struct capture_state *state = run->state;
	struct pcap_stat now;
	struct capture_stats_record record;

	if (pcap_stats(state->pcap, &now))
		return 0;
	record = (struct capture_stats_record){
		.time_unix_ns = clock_realtime_ns(),
		.received = (uint32_t)(now.ps_recv - state->before.ps_recv),
		.dropped_by_kernel = (uint32_t)(now.ps_drop - state->before.ps_drop),
		.dropped_by_interface = (uint32_t)(now.ps_ifdrop - state->before.ps_ifdrop),
	};
	state->before = now;
	return frame_append(&run->out, FRAME_CAPTURE_STATS, &record, sizeof(record));
}

static int report(struct run *run, bool last)
{
	int err = last ? drain_for(run, LAST_DRAIN_NS) : 0;

	return err < 0 ? err : send_stats(run);
}

static void stop(struct run *run)
{
	struct capture_state *state = run->state;

	if (!state)
		return;
	if (state->pcap)
		pcap_close(state->pcap);
	free(state);
	run->state = NULL;
}

const struct program capture_program = {
	.capabilities = capabilities,
	.describe = describe,
	.start = start,
	.report = report,
	.drain = drain,
	.wake_fd = wake_fd,
	.stop = stop,
};
