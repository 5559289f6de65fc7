import { defineSource } from '../../component.ts';
import { acquireFrames } from '../../loader/acquire-frames.ts';
import { probeHost } from '../../loader/probe-host.ts';
import { RUN_STATS_METRICS, RUN_STATS_SCHEMA } from '../../loader/run-stats.ts';
import { decodeTcpLife } from './decode-tcp-life.ts';
import { metricsOfAccount } from './kernel-account.ts';
import { LIFE_ACCOUNT } from './tcp-life-account.ts';
import { LIFE_EVENT } from './tcp-life-attributes.ts';
import { TCP_LIFE_DESCRIPTION } from './tcp-life-description.ts';
import { LIFE_HISTOGRAMS } from './tcp-life-durations.ts';

export const ebpfTcpLife = defineSource({
  id: 'ebpf_tcp_life',
  summary:
    'One event for every TCP connection: who opened and closed it, what went over it, and how long responses took.',
  description: TCP_LIFE_DESCRIPTION,
  emits: {
    metrics: [...LIFE_HISTOGRAMS, ...metricsOfAccount(LIFE_ACCOUNT), ...RUN_STATS_METRICS],
    events: [LIFE_EVENT],
  },
  schema: {
    type: 'object',
    description: 'TCP connections, each as one event when it is closed.',
    properties: {
      max_connections: {
        type: 'integer',
        minimum: 1,
        maximum: 1_048_576,
        description:
          "How many open connections there is room for, some 150 bytes of the kernel's memory each. What comes beyond gives no event and is counted as lost (`map_full`).",
        default: 65_536,
      },
      min_duration: {
        type: 'string',
        format: 'duration',
        description:
          'Connections that last less give no event; the kernel only counts them (`lagpipe.tcp.connection.below_minimum`). Their response times are in the histogram all the same.',
        default: '0s',
        minDuration: '0s',
        maxDuration: '1h',
      },
      report_interval: {
        type: 'string',
        format: 'duration',
        description:
          'How often a connection that stays open gives an event, to the second, marked as not final. `0s`: never, only when it is closed.',
        default: '0s',
        minDuration: '0s',
        maxDuration: '24h',
      },
      interval: {
        type: 'string',
        format: 'duration',
        description:
          'How often the histograms and the counters are sent, each as the delta since the last. Events do not wait for it.',
        default: '5s',
        minDuration: '100ms',
        maxDuration: '1h',
      },
      run_stats: RUN_STATS_SCHEMA,
    },
  },
  example: { min_duration: '10ms', report_interval: '60s', interval: '10s' },
  acquire: (config, context) =>
    acquireFrames(
      {
        options: {
          program: 'tcp_life',
          max_connections: config.max_connections,
          min_duration_ns: Math.round(config.min_duration * 1e6),
          report_interval_ms: Math.round(config.report_interval),
          interval_ms: Math.round(config.interval),
          run_stats: config.run_stats,
        },
        atRisk: 'the connections that are open and what was closed since its last frame (sent every 50ms)',
      },
      context,
    ),
  decoder: (_config, context) => decodeTcpLife(context),
  probeHost: () => probeHost('tcp_life'),
});
