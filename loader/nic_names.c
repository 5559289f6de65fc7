/* SPDX-License-Identifier: Apache-2.0 */
#include "nic_names.h"

#include <stddef.h>
#include <string.h>

/* The words by which xsos finds errors in ethtool -S, and the limits that cloud drivers count (ena). */
static const char *const trouble[] = {
	"drop", "disc",	 "err", "fifo", "buf",	 "fail", "miss", "oob",	     "fcs",
	"full", "frags", "hdr", "tso",	"pause", "lost", "csum", "exceeded",
};

/* Names with such a word that count what went well. */
static const char *const fine[] = {
	"cache_full", "csum_complete", "csum_none", "csum_partial", "csum_unchecked", "csum_unnecessary",
	"fdir_",      "steer_missed",  "tso_bytes", "tso_packets",  "veb.",
};

static bool holds_any(const char *name, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasestr(name, words[i]))
			return true;
	return false;
}

bool nic_name_is_trouble(const char *name)
{
	return holds_any(name, trouble, sizeof(trouble) / sizeof(trouble[0])) &&
	       !holds_any(name, fine, sizeof(fine) / sizeof(fine[0]));
}
