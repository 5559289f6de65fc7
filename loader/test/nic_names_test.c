/* SPDX-License-Identifier: Apache-2.0 */
/* Names that drivers really have, and whether they tell of trouble. */
#include "../nic_names.h"

#include "check.h"

int main(void)
{
	static const char *const trouble[] = {
		"rx_missed_errors",	    /* ixgbe, e1000e */
		"rx_no_buffer_count",	    /* igb */
		"rx_queue_0_drops",	    /* mlx4, be2net */
		"rx_out_of_buffer",	    /* mlx5 */
		"rx_fcs_errors",	    /* bnx2x */
		"tx_pause",		    /* tg3 */
		"bw_in_allowance_exceeded", /* ena */
		"rx_drops",		    /* virtio_net */
		"rx0_xdp_drops",
		"OOB_count",
		"rx_csum_offload_errors",
	};
	static const char *const fine[] = {
		"rx_packets",	  "tx_bytes",  "rx_kicks",	  "rx_csum_complete", "rx0_csum_none",
		"tx_tso_packets", "fdir_miss", "veb.rx_discards", "rx_cache_full",
	};

	for (size_t i = 0; i < sizeof(trouble) / sizeof(trouble[0]); i++)
		CHECK(nic_name_is_trouble(trouble[i]), "%s", trouble[i]);
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		CHECK(!nic_name_is_trouble(fine[i]), "%s", fine[i]);
	printf("nic_names: trouble told from what went well\n");
	return 0;
}
