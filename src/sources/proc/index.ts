import { machine } from 'node:os';
import { defineSource } from '../../component.ts';
import { acquireProc } from './acquire.ts';
import { procDecoder } from './decoder.ts';
import { PROC_EMITS } from './emits.ts';
import { COLLECTORS } from './files.ts';

export const proc = defineSource({
  id: 'proc',
  summary:
    'Network counters of the host from /proc: drops, retransmits, queues, sockets, interrupts, softirqs and pressure.',
  description: `
Reads small files of /proc and turns every figure into a metric, without privileges.

| collector | files | metrics |
|---|---|---|
| netstat | net/netstat, net/snmp, net/snmp6 | \`lagpipe.netstat.<protocol>.<field>\`: TCP, IP and UDP counters, such as \`lagpipe.netstat.tcp_ext.listen_overflows\`. The kernel's own name is in the description. |
| sockstat | net/sockstat, net/sockstat6 | \`lagpipe.sockstat.<protocol>.<field>\`: gauges of sockets in use, orphaned, in TIME_WAIT, and their memory. |
| softnet | net/softnet_stat | \`lagpipe.softnet.*\` per CPU (\`cpu.logical_number\`): packets processed and dropped, rounds cut short, backlog. |
| netdev | net/dev | \`system.network.io\`, \`.packet.count\`, \`.packet.dropped\`, \`.errors\` by the semantic conventions, and \`lagpipe.netdev.*\`, per interface and direction. |
| pressure | pressure/cpu, memory, io, irq | \`lagpipe.pressure.stall_time\` (seconds) and \`lagpipe.pressure.avg10\` (0 to 1) by resource and kind. |
| cpu | stat | \`system.cpu.time\` (seconds) by \`cpu.logical_number\` and \`cpu.mode\`; packets are received in softirq. Guest time is in user and nice. |
| softirqs | softirqs | \`lagpipe.softirqs\` by \`cpu.logical_number\` and \`lagpipe.softirq.type\`: net_rx, net_tx, timer, … |
| interrupts | interrupts | \`lagpipe.interrupts\` by \`cpu.logical_number\`, \`lagpipe.interrupt.irq\`, \`.name\` (the device's queue, or what it counts) and \`.chip\`. |
| ksoftirqd | *pid*/schedstat | \`lagpipe.ksoftirqd.run_time\`, \`.wait_time\` (in the run queue; seconds) and \`.timeslices\` by \`cpu.logical_number\`. |
| conntrack | sys/net/netfilter/nf_conntrack_count, \\_max, net/stat/nf_conntrack | gauges \`lagpipe.conntrack.entries\` and \`.limit\`, and counters over all CPUs, such as \`lagpipe.conntrack.drop\` and \`.insert_failed\`. |
| sysctl | sys/net/core, sys/net/ipv4 | gauges \`lagpipe.sysctl.<name>\`, once a minute: the settings that the other figures are measured against, such as \`lagpipe.sysctl.net.core.somaxconn\`. |

Counters are cumulative sums with the kernel's own value. Their start time is the first time that lagpipe saw them; a
counter that falls begins anew. Softnet, softirq, interrupt and conntrack counters have 32 bits and are carried on when
they wrap, and so are all counters of net/ on a kernel of 32 bits. A CPU that goes offline leaves a gap. What the kernel
does not have gives no point, never 0; a pair of CPU and interrupt or softirq gives none before its first count.

A kernel before 5.14 does not say which CPU a softnet line belongs to: with the collector cpu it is known all the same,
without it the attribute is \`lagpipe.softnet.row\`.

**Namespaces and containers.** net/netstat, snmp, snmp6, sockstat, dev and conntrack belong to a network namespace:
the agent's own, or the one that \`netns\` names, which is then the resource's \`lagpipe.netns.name\`; while no
process is in it, it is waited for. All others, alloc and mem of sockstat and softnet among them, are of the whole
host in every namespace. In a container, mount the host's /proc and set \`root\`: the namespace of its first process,
the host's, is read then. Settings below sys/net are always those of the agent's own namespace, so of another one only
those that the whole host shares are sent, and those are visible in the host's first namespace alone.

A file that this kernel does not have is reported once and looked for again every minute. Lines that cannot be read
are counted as \`malformed_line\`; a tick skipped because a blocking sink is full is counted once, as \`paused\`.
`.trim(),
  emits: PROC_EMITS,
  schema: {
    type: 'object',
    description: 'Which figures, and how often.',
    properties: {
      interval: {
        type: 'string',
        format: 'duration',
        description: 'Time between two readings. The first is at once.',
        default: '5s',
        minDuration: '100ms',
        maxDuration: '1h',
      },
      interrupts_interval: {
        type: 'string',
        format: 'duration',
        description:
          'Time between two readings of interrupts, which cost as much as all the rest; not shorter than `interval`.',
        default: '10s',
        minDuration: '100ms',
        maxDuration: '1h',
      },
      collectors: {
        type: 'array',
        description: 'The families of figures to read.',
        items: { type: 'string', description: 'A family of figures.', enum: COLLECTORS },
        default: COLLECTORS,
        minItems: 1,
        uniqueItems: true,
      },
      fields: {
        type: 'string',
        description:
          'Which fields of net/netstat, snmp and snmp6: those that explain slow, refused and lost connections, or all.',
        enum: ['default', 'all'],
        default: 'default',
      },
      root: {
        type: 'string',
        description: 'Where /proc is mounted: the own one, or a host’s in a container, such as `/host/proc`.',
        default: '/proc',
        pattern: '^/.*[^/]$',
      },
      netns: {
        type: 'string',
        description:
          'The network namespace to look at, where it is not the agent’s own: the id of a process in it, its name as ' +
          '`ip netns` knows it, or its file, such as `/run/docker/netns/1a2b3c`. By name or file a process inside is ' +
          'looked for, and only root may look at those of other users.',
        minLength: 1,
      },
    },
  },
  example: { interval: '1s', collectors: ['netstat', 'softnet', 'netdev'] },
  check: ({ netns }) => {
    if (netns === undefined || netns.startsWith('/') || !netns.includes('/')) return [];
    const message = `is "${netns}"; write a process id, a name that ip netns lists, or a path from / on`;
    return [{ path: ['netns'], message }];
  },
  acquire: ({ interval, interrupts_interval, collectors, root, netns }, context) =>
    acquireProc(
      { intervalMillis: interval, interruptsMillis: interrupts_interval, collectors, root, netns },
      context,
    ),
  decoder: ({ fields, netns }, context) =>
    procDecoder({ fields, netns, kernelBits: /64|s390x/.test(machine()) ? 64 : 32 }, context),
});
