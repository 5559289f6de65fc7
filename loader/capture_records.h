/* SPDX-License-Identifier: Apache-2.0 */
/* What the program `capture` sends. */
#ifndef LAGPIPE_CAPTURE_RECORDS_H
#define LAGPIPE_CAPTURE_RECORDS_H

#include <stdint.h>

/* Of what a capture consists. */
#define CAPTURE_COVERS "packets that this network namespace sends and receives"

/* draft-ietf-opsawg-pcap: a capture begins with struct pcap_file_header and one of these. */
#define PCAP_MAGIC_MICROS 0xa1b2c3d4
#define PCAP_MAGIC_NANOS  0xa1b23c4d

/* Then, for each packet, this and its bytes. */
struct capture_record_header {
	uint32_t seconds, fraction;
	uint32_t captured, length;
};

/* Since the last one. */
struct capture_stats_record {
	uint64_t time_unix_ns;
	uint64_t received; /* passed the filter: sent, dropped by the kernel, or still in its buffer */
	uint64_t dropped_by_kernel;
	uint64_t dropped_by_interface; /* before the filter was asked */
};

_Static_assert(sizeof(struct capture_record_header) == 16, "the pcap format");
_Static_assert(sizeof(struct capture_stats_record) == 32, "src/sources/pcap/read decodes this layout");

#endif
