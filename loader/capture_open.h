/* SPDX-License-Identifier: Apache-2.0 */
/* Opens an interface for capturing, with libpcap. */
#ifndef LAGPIPE_CAPTURE_OPEN_H
#define LAGPIPE_CAPTURE_OPEN_H

#include "options.h"

struct pcap;

/*
 * Returns 0, or -EOPNOTSUPP when it is not possible, and why was logged. What was opened is in `pcap` either way, for
 * pcap_close().
 */
int capture_open(struct pcap **pcap, const struct options *options);

#endif
