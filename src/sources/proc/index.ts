import { defineSource } from '../../component.ts';
import { acquireProc } from './acquire.ts';
import { procDecoder } from './decoder.ts';
import { COLLECTORS } from './files.ts';

export const proc = defineSource({
  id: 'proc',
  summary:
    'Network counters of the host from /proc: drops, retransmits, queues, socket counts, softirq and pressure.',
  description: `
Reads small files of /proc and turns every figure into a metric, without privileges.

| collector | files | metrics |
|---|---|---|
| netstat | net/netstat, net/snmp | \`lagpipe.netstat.<protocol>.<field>\`: TCP, IP and UDP counters, such as \`lagpipe.netstat.tcp_ext.listen_overflows\`. The kernel's own name is in the description. |
| sockstat | net/sockstat, net/sockstat6 | \`lagpipe.sockstat.<protocol>.<field>\`: gauges of sockets in use, orphaned, in TIME_WAIT, and their memory. |
| softnet | net/softnet_stat | \`lagpipe.softnet.*\` per CPU (\`cpu.logical_number\`): packets processed and dropped, rounds cut short, backlog. |
| netdev | net/dev | \`system.network.io\`, \`.packet.count\`, \`.packet.dropped\`, \`.errors\` by the semantic conventions, and \`lagpipe.netdev.*\`, per interface and direction. |
| pressure | pressure/cpu, memory, io, irq | \`lagpipe.pressure.stall_time\` (seconds) and \`lagpipe.pressure.avg10\` (0 to 1) by resource and kind. |

Counters are cumulative sums with the kernel's own value. Their start time is the first time that lagpipe saw them; a
counter that falls begins anew. Softnet counters have 32 bits and are carried on when they wrap. A kernel before
5.14 does not say which CPU a softnet line belongs to: the attribute is \`lagpipe.softnet.row\` there.

net/netstat, snmp, sockstat and dev belong to the network namespace of the agent (alloc and mem of sockstat, softnet
and pressure to the whole host). In a container, mount the host's /proc and set \`root: /host/proc/1\` for the host's
network; pressure is then not found, so read it with a second \`proc\` source at \`root: /host/proc\`.

A file that this kernel does not have is reported once and looked for again every minute. Lines that cannot be read
are counted as \`malformed_line\`; a tick skipped because a blocking sink is full is counted once, as \`paused\`.
`.trim(),
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
          'Which fields of net/netstat and net/snmp: those that explain slow, refused and lost connections, or all.',
        enum: ['default', 'all'],
        default: 'default',
      },
      root: {
        type: 'string',
        description: 'Where /proc is mounted.',
        default: '/proc',
        pattern: '^/.*[^/]$',
      },
    },
  },
  example: { interval: '1s', collectors: ['netstat', 'softnet', 'netdev'] },
  acquire: ({ interval, collectors, root }, context) =>
    acquireProc({ intervalMillis: interval, collectors, root }, context),
  decoder: ({ fields }, context) => procDecoder(fields, context),
});
