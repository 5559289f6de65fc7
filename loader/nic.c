/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the drivers of network interfaces, which is allowed to everybody, and sends what they say. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "clock.h"
#include "nic_names.h"
#include "nic_records.h"
#include "program.h"

/* Interfaces of one host that are looked at: one that has more has them for containers. */
#define INTERFACES 64

/* Some drivers have 2000. The kernel copies as many as there are then, whatever was asked for: there is room to spare.
 */
#define STATISTICS	 8192
#define STATISTICS_SPARE 8192

struct nic_state {
	int fd;
	struct ethtool_stats *values;
	struct ethtool_gstrings *names;
};

static uint64_t capabilities(const struct options *options, bool running)
{
	(void)options;
	(void)running;
	return 0;
}

static int start(struct run *run)
{
	struct nic_state *state = calloc(1, sizeof(*state));

	if (!state)
		return -ENOMEM;
	run->state = state;
	state->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (state->fd < 0)
		return -errno;
	state->values = malloc(sizeof(*state->values) + (STATISTICS + STATISTICS_SPARE) * sizeof(uint64_t));
	state->names = malloc(sizeof(*state->names) + (STATISTICS + STATISTICS_SPARE) * ETH_GSTRING_LEN);
	return state->values && state->names ? 0 : -ENOMEM;
}

/* `command` begins with the number of what is asked. Returns 0 or a negative errno. */
static int ask(const struct nic_state *state, const char *interface, void *command)
{
	struct ifreq request = { .ifr_data = command };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	return ioctl(state->fd, SIOCETHTOOL, &request) ? -errno : 0;
}

static void take_rings(const struct nic_state *state, struct nic_interface_record *record)
{
	struct ethtool_ringparam rings = { .cmd = ETHTOOL_GRINGPARAM };

	if (ask(state, record->interface, &rings)) {
		record->refused |= NIC_NO_RINGS;
		return;
	}
	record->rx_ring = rings.rx_pending;
	record->rx_ring_max = rings.rx_max_pending;
	record->tx_ring = rings.tx_pending;
	record->tx_ring_max = rings.tx_max_pending;
}

static void take_channels(const struct nic_state *state, struct nic_interface_record *record)
{
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };

	if (ask(state, record->interface, &channels)) {
		record->refused |= NIC_NO_CHANNELS;
		return;
	}
	record->rx_queues = channels.rx_count + channels.combined_count;
	record->tx_queues = channels.tx_count + channels.combined_count;
	record->rx_queues_max = channels.max_rx + channels.max_combined;
	record->tx_queues_max = channels.max_tx + channels.max_combined;
}

/* Names and values, of which there may be another number each time: queues come and go. */
static int take_statistics(struct nic_state *state, const char *interface, uint32_t count)
{
	int err;

	if (!count || count > STATISTICS)
		return -EOPNOTSUPP;
	*state->names = (struct ethtool_gstrings){ .cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_STATS, .len = count };
	*state->values = (struct ethtool_stats){ .cmd = ETHTOOL_GSTATS, .n_stats = count };
	err = ask(state, interface, state->names);
	err = err ? err : ask(state, interface, state->values);
	return err || state->names->len == state->values->n_stats ? err : -EAGAIN;
}

/* `name` has room for a zero byte. Returns whether it is wanted. */
static bool is_wanted(const struct run *run, const struct nic_state *state, uint32_t index, char *name)
{
	memcpy(name, state->names->data + index * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
	name[ETH_GSTRING_LEN] = '\0';
	return *name && (run->options.all_statistics || nic_name_is_trouble(name));
}

static int send_statistics(struct run *run, const struct nic_interface_record *of)
{
	const struct nic_state *state = run->state;
	char name[ETH_GSTRING_LEN + 1];
	uint64_t sent = 0;
	int err = 0;

	for (uint32_t i = 0; i < state->names->len && sent < run->options.max_statistics && !err; i++) {
		struct nic_statistic_record record = { .time_unix_ns = of->time_unix_ns, .ifindex = of->ifindex };

		if (!is_wanted(run, state, i, name))
			continue;
		record.value = state->values->data[i];
		memcpy(record.interface, of->interface, sizeof(record.interface));
		memcpy(record.name, name, sizeof(record.name));
		err = frame_append(&run->out, FRAME_NIC_STATISTIC, &record, sizeof(record));
		sent++;
	}
	return err;
}

static uint32_t count_left_out(const struct run *run)
{
	const struct nic_state *state = run->state;
	char name[ETH_GSTRING_LEN + 1];
	uint64_t wanted = 0;

	for (uint32_t i = 0; i < state->names->len; i++)
		wanted += is_wanted(run, state, i, name);
	return wanted > run->options.max_statistics ? wanted - run->options.max_statistics : 0;
}

static int send_interface(struct run *run, const struct if_nameindex *interface)
{
	struct ethtool_drvinfo driver = { .cmd = ETHTOOL_GDRVINFO };
	struct nic_interface_record record = { .time_unix_ns = clock_realtime_ns(), .ifindex = interface->if_index };
	struct nic_state *state = run->state;
	int err;

	snprintf(record.interface, sizeof(record.interface), "%s", interface->if_name);
	/* An interface that has gone since it was listed says this too, and then nothing is sent of it. */
	if (ask(state, record.interface, &driver) == -ENODEV)
		return 0;
	snprintf(record.driver, sizeof(record.driver), "%.31s", driver.driver);
	snprintf(record.version, sizeof(record.version), "%.31s", driver.version);
	snprintf(record.firmware, sizeof(record.firmware), "%.31s", driver.fw_version);
	snprintf(record.bus, sizeof(record.bus), "%.31s", driver.bus_info);
	take_rings(state, &record);
	take_channels(state, &record);
	if (take_statistics(state, record.interface, driver.n_stats))
		record.refused |= NIC_NO_STATISTICS;
	else {
		record.statistics = state->names->len;
		record.left_out = count_left_out(run);
	}
	err = frame_append(&run->out, FRAME_NIC_INTERFACE, &record, sizeof(record));
	return err || record.refused & NIC_NO_STATISTICS ? err : send_statistics(run, &record);
}

static bool has_device(const char *interface)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%.15s/device", interface);
	return !access(path, F_OK);
}

static bool is_named(const struct options *options, const char *interface)
{
	for (uint32_t i = 0; i < options->interfaces.count; i++)
		if (!strcmp(options->interfaces.names[i], interface))
			return true;
	return false;
}

/* Those that were asked for; otherwise those with a device behind them; where there is none, all but loopback. */
static bool is_chosen(const struct options *options, const char *interface, bool any_device)
{
	if (options->interfaces.count)
		return is_named(options, interface);
	return any_device ? has_device(interface) : strcmp(interface, "lo");
}

static int send_interfaces(struct run *run, const struct if_nameindex *interfaces)
{
	const struct if_nameindex *interface;
	bool any_device = false;
	int sent = 0, err = 0;

	for (interface = interfaces; interface->if_index && !any_device; interface++)
		any_device = has_device(interface->if_name);
	for (interface = interfaces; interface->if_index && sent < INTERFACES && !err; interface++)
		if (is_chosen(&run->options, interface->if_name, any_device)) {
			err = send_interface(run, interface);
			sent++;
		}
	return err;
}

static int report(struct run *run, bool last)
{
	struct nic_tick_record tick;
	struct if_nameindex *interfaces = last ? NULL : if_nameindex();
	int err;

	if (!interfaces)
		return 0;
	err = send_interfaces(run, interfaces);
	if_freenameindex(interfaces);
	tick.time_unix_ns = clock_realtime_ns();
	return err ? err : frame_append(&run->out, FRAME_NIC_TICK, &tick, sizeof(tick));
}

static json_t *describe(const struct run *run)
{
	(void)run;
	return json_pack("[{s:s, s:s, s:s, s:s, s:{}}]", "part", "drivers", "state", "live", "attach", "ethtool",
			 "covers", "what drivers say of their interfaces", "refused");
}

static void stop(struct run *run)
{
	struct nic_state *state = run->state;

	if (!state)
		return;
	if (state->fd >= 0)
		close(state->fd);
	free(state->values);
	free(state->names);
	free(state);
	run->state = NULL;
}

const struct program nic_program = {
	.capabilities = capabilities,
	.describe = describe,
	.start = start,
	.report = report,
	.stop = stop,
};
