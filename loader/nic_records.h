/* SPDX-License-Identifier: Apache-2.0 */
/* What the program `nic` sends: what drivers say of their interfaces, by ioctl(SIOCETHTOOL). */
#ifndef LAGPIPE_NIC_RECORDS_H
#define LAGPIPE_NIC_RECORDS_H

#include <stdint.h>

#define NIC_NAME_BYTES 16 /* IFNAMSIZ */
#define NIC_TEXT_BYTES 32 /* ETH_GSTRING_LEN, ETHTOOL_FWVERS_LEN, ETHTOOL_BUSINFO_LEN */

/* What a driver does not tell; the fields of it are 0 then. */
enum nic_refused { NIC_NO_STATISTICS = 1, NIC_NO_RINGS = 2, NIC_NO_CHANNELS = 4 };

/* Comes before the statistics of its interface. Texts end with a zero byte. */
struct nic_interface_record {
	uint64_t time_unix_ns;
	uint32_t ifindex;
	uint32_t refused; /* bits of enum nic_refused */
	uint32_t rx_ring, rx_ring_max;
	uint32_t tx_ring, tx_ring_max;
	uint32_t rx_queues, rx_queues_max; /* with those that serve both ways */
	uint32_t tx_queues, tx_queues_max;
	uint32_t statistics; /* that the driver has */
	uint32_t left_out;   /* of the wanted ones, for being too many */
	char interface[NIC_NAME_BYTES];
	char driver[NIC_TEXT_BYTES];
	char version[NIC_TEXT_BYTES];
	char firmware[NIC_TEXT_BYTES];
	char bus[NIC_TEXT_BYTES];
};

struct nic_statistic_record {
	uint64_t time_unix_ns;
	uint64_t value;
	uint32_t ifindex;
	uint32_t padding;
	char interface[NIC_NAME_BYTES];
	char name[NIC_TEXT_BYTES]; /* without a zero byte when it is as long as that */
};

/* Ends what was sent of all interfaces. */
struct nic_tick_record {
	uint64_t time_unix_ns;
};

_Static_assert(sizeof(struct nic_interface_record) == 200, "src/sources/nic decodes this layout");
_Static_assert(sizeof(struct nic_statistic_record) == 72, "src/sources/nic decodes this layout");

#endif
