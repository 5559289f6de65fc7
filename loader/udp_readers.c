/* SPDX-License-Identifier: Apache-2.0 */
#include "udp_readers.h"

#include <stdio.h>
#include <string.h>

/*
 * The last call of skb_consume_udp() may be a jump, and so may its own call: then the return address is in a caller.
 * udpv6_recvmsg() is absent where IPv6 is, and not in the table of the core where IPv6 is a module: no matter here.
 */
static const char *const readers[STACK_UDP_READERS] = { "skb_consume_udp", "udp_recvmsg", "udpv6_recvmsg" };

static struct stack_address_range ranges[STACK_UDP_READERS];

struct symbol {
	unsigned long long address;
	char name[128];
};

static bool next_symbol(FILE *file, struct symbol *symbol)
{
	char line[512];

	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%llx %*c %127s", &symbol->address, symbol->name) == 2)
			return true;
	return false;
}

static int find_reader(const char *name)
{
	for (int i = 0; i < STACK_UDP_READERS; i++)
		if (!strcmp(readers[i], name))
			return i;
	return -1;
}

/* Symbols come in ascending order of address, so a function ends where the next begins. */
static void read_ranges(FILE *file)
{
	struct symbol symbol;
	int open = -1;

	while (next_symbol(file, &symbol)) {
		int reader;

		if (open >= 0 && symbol.address > ranges[open].start) {
			ranges[open].end = symbol.address;
			open = -1;
		}
		reader = find_reader(symbol.name);
		if (reader >= 0 && symbol.address) {
			ranges[reader].start = symbol.address;
			open = reader;
		}
	}
}

const struct stack_address_range *udp_readers(void)
{
	static bool done;
	FILE *file;

	if (done)
		return ranges;
	done = true;
	file = fopen("/proc/kallsyms", "re");
	if (file) {
		read_ranges(file);
		fclose(file);
	}
	return ranges;
}

bool udp_readers_known(void)
{
	/* Without udp_recvmsg() nothing of IPv4 would be seen. */
	return udp_readers()[0].end && udp_readers()[1].end;
}
