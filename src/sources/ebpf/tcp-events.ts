import { defineSource } from '../../component.ts';
import { formatSeconds } from '../../lib/duration.ts';
import { acquireFrames } from '../../loader/acquire-frames.ts';
import { probeHost } from '../../loader/probe-host.ts';
import { RUN_STATS_METRICS, RUN_STATS_SCHEMA } from '../../loader/run-stats.ts';
import { decodeTcpEvents } from './decode-tcp-events.ts';
import { metricsOfAccount } from './kernel-account.ts';
import { EVENTS_ACCOUNT } from './tcp-events-account.ts';
import { TCP_EVENTS } from './tcp-events-batches.ts';
import { TCP_EVENT_COUNTERS } from './tcp-events-counters.ts';
import { TCP_EVENTS_DESCRIPTION } from './tcp-events-description.ts';

export const ebpfTcpEvents = defineSource({
  id: 'ebpf_tcp_events',
  summary:
    "What goes wrong: TCP retransmits by cause, resets with their reason, and packets dropped, by the kernel's own reason.",
  description: TCP_EVENTS_DESCRIPTION,
  emits: {
    metrics: [...TCP_EVENT_COUNTERS, ...metricsOfAccount(EVENTS_ACCOUNT), ...RUN_STATS_METRICS],
    events: TCP_EVENTS,
  },
  schema: {
    type: 'object',
    description:
      'TCP retransmits, resets and dropped packets, counted in the kernel and sent as events on request.',
    properties: {
      events: {
        type: 'array',
        description:
          'What to send one by one, with its addresses, besides counting it. Nothing by default: counting takes the kernel some half a microsecond for each, and no CPU anywhere else.',
        items: {
          type: 'string',
          enum: ['retransmit', 'reset', 'drop'],
          description: 'A kind of event: `tcp.retransmit`, `tcp.reset` or `packet.drop`.',
        },
        default: [],
        uniqueItems: true,
      },
      max_events_per_second: {
        type: 'integer',
        description:
          "How many events of all kinds together the kernel sends in the long run. A second's worth may come at once; what comes beyond is counted and not sent.",
        default: 100,
        minimum: 1,
        maximum: 10_000,
      },
      interval: {
        type: 'string',
        format: 'duration',
        description:
          'How often the counters are read from the kernel and sent, each as the delta since the last. Events do not wait for it.',
        default: '5s',
        minDuration: '100ms',
        maxDuration: '1h',
      },
      network_namespace: {
        type: 'string',
        enum: ['all', 'own'],
        description:
          'Whether to count in all network namespaces, or only in the one that the agent runs in. What cannot be told to belong to one is then left out, and counted as `unplaced`.',
        default: 'all',
      },
      run_stats: RUN_STATS_SCHEMA,
    },
  },
  example: { interval: '10s', events: ['reset', 'drop'], max_events_per_second: 20 },
  acquire: (config, context) =>
    acquireFrames(
      {
        options: {
          program: 'tcp_events',
          interval_ms: Math.round(config.interval),
          events: config.events,
          max_events_per_second: config.max_events_per_second,
          own_namespace: config.network_namespace === 'own',
          run_stats: config.run_stats,
        },
        atRisk: `at most ${formatSeconds(config.interval / 1000)} of counts`,
      },
      context,
    ),
  decoder: (config, context) => decodeTcpEvents(context, config.events.length > 0),
  probeHost: () => probeHost('tcp_events'),
});
