/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of rows from what the kernel says of a socket. */
#ifndef LAGPIPE_SOCKET_KEYS_H
#define LAGPIPE_SOCKET_KEYS_H

#include <string.h>

#include "keyed_rows.h"

/* From idiag_src or idiag_dst. IPv4 that is mapped into IPv6 is IPv4: that is what goes over the wire. */
static inline void row_key_address(struct row_key *key, uint8_t family, const uint32_t address[4])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (family == AF_INET) {
		key->ip_version = 4;
		memcpy(key->address, address, 4);
	} else if (!memcmp(address, mapped, sizeof(mapped))) {
		key->ip_version = 4;
		memcpy(key->address, &address[3], 4);
	} else {
		key->ip_version = 6;
		memcpy(key->address, address, 16);
	}
}

#endif
