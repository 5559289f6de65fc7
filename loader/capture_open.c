/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <pcap/pcap.h>

#include "capture_open.h"
#include "host.h"
#include "log.h"

/* The longest that the kernel lets packets wait for company. */
#define BLOCK_TIMEOUT_MS 20

/* What there is instead of an interface that is not there. */
static void list_interfaces(char *text, size_t bytes)
{
	char message[PCAP_ERRBUF_SIZE];
	pcap_if_t *all = NULL;
	size_t used = 0;

	text[0] = '\0';
	if (pcap_findalldevs(&all, message))
		return;
	for (const pcap_if_t *each = all; each && used < bytes; each = each->next)
		if (each->flags & PCAP_IF_UP)
			used += snprintf(text + used, bytes - used, "%s%s", used ? ", " : "", each->name);
	pcap_freealldevs(all);
}

static int refuse(const struct options *options, int status, const char *message)
{
	struct failure failure = { .code = "other" };
	char what[128], names[512];

	snprintf(what, sizeof(what), "capturing on %s", options->interface);
	if (status == PCAP_ERROR_PERM_DENIED || status == PCAP_ERROR_PROMISC_PERM_DENIED) {
		host_explain(&failure, what, -EPERM, HAS_NET_RAW);
	} else if (status == PCAP_ERROR_NO_SUCH_DEVICE) {
		list_interfaces(names, sizeof(names));
		failure.code = "no_such_interface";
		snprintf(failure.detail, sizeof(failure.detail), "no interface %s; there are: %s", options->interface,
			 names);
	} else {
		if (status == PCAP_ERROR_IFACE_NOT_UP)
			failure.code = "interface_down";
		snprintf(failure.detail, sizeof(failure.detail), "%s: %s", what,
			 *message ? message : pcap_statustostr(status));
	}
	log_error(failure.code, "%s", failure.detail);
	return -EOPNOTSUPP;
}

/*
 * What is sent on a loopback interface is received there as well. libpcap leaves out the first of both, but only after
 * it took room in the kernel's buffer and was counted among what was dropped. Since 4.20; without it only that remains.
 */
static void ignore_sent_on_loopback(pcap_t *pcap, const struct options *options)
{
	struct ifreq request = { 0 };
	int fd = pcap_fileno(pcap), on = 1;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%.15s", options->interface);
	if (!ioctl(fd, SIOCGIFFLAGS, &request) && request.ifr_flags & IFF_LOOPBACK)
		setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
}

static int open_interface(pcap_t **opened, const struct options *options)
{
	char message[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = pcap_create(options->interface, message);
	int status;

	if (!pcap)
		return refuse(options, PCAP_ERROR, message);
	*opened = pcap;
	pcap_set_snaplen(pcap, options->snaplen);
	pcap_set_promisc(pcap, options->promiscuous);
	pcap_set_timeout(pcap, BLOCK_TIMEOUT_MS);
	pcap_set_buffer_size(pcap, options->buffer_bytes);
	pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	status = pcap_activate(pcap);
	if (status < 0)
		return refuse(options, status, pcap_geterr(pcap));
	if (status > 0)
		log_warn("other", "capturing on %s: %s %s", options->interface, pcap_statustostr(status),
			 pcap_geterr(pcap));
	/* Names the interface of each packet; older kernels and libpcap have only the other format of "any". */
	if (pcap_datalink(pcap) == DLT_LINUX_SLL)
		pcap_set_datalink(pcap, DLT_LINUX_SLL2);
	ignore_sent_on_loopback(pcap, options);
	if (pcap_setnonblock(pcap, 1, message))
		return refuse(options, PCAP_ERROR, message);
	return 0;
}

static int set_filter(pcap_t *pcap, const struct options *options)
{
	struct bpf_program program;
	int err;

	if (!options->expression[0])
		return 0;
	if (pcap_compile(pcap, &program, options->expression, 1, PCAP_NETMASK_UNKNOWN)) {
		log_error("bad_filter", "\"%.200s\": %s", options->expression, pcap_geterr(pcap));
		return -EOPNOTSUPP;
	}
	err = pcap_setfilter(pcap, &program);
	pcap_freecode(&program);
	return err ? refuse(options, PCAP_ERROR, pcap_geterr(pcap)) : 0;
}

int capture_open(pcap_t **pcap, const struct options *options)
{
	int err = open_interface(pcap, options);

	return err ? err : set_filter(*pcap, options);
}
