import { defineSource } from '../../component.ts';
import { acquireFrames } from '../../loader/acquire-frames.ts';
import { probeHost } from '../../loader/probe-host.ts';
import { RUN_STATS_METRICS, RUN_STATS_SCHEMA } from '../../loader/run-stats.ts';
import { decodeTcpConnect } from './decode-tcp-connect.ts';
import { metricsOfAccount } from './kernel-account.ts';
import { CONNECT_ACCOUNT } from './tcp-connect-account.ts';
import { CONNECT_EVENT } from './tcp-connect-attributes.ts';
import { TCP_CONNECT_DESCRIPTION } from './tcp-connect-description.ts';

export const ebpfTcpConnect = defineSource({
  id: 'ebpf_tcp_connect',
  summary:
    'One event for every TCP connect attempt on this host: how long it took, how it ended, and whose it was.',
  description: TCP_CONNECT_DESCRIPTION,
  emits: {
    metrics: [...metricsOfAccount(CONNECT_ACCOUNT), ...RUN_STATS_METRICS],
    events: [CONNECT_EVENT],
  },
  schema: {
    type: 'object',
    description: 'TCP connect attempts, each as one event when it has ended.',
    properties: {
      min_latency: {
        type: 'string',
        format: 'duration',
        description:
          'Attempts that end sooner give no event, whatever their outcome; the kernel only counts them (`lagpipe.tcp.connect.below_minimum`).',
        default: '0s',
        minDuration: '0s',
        maxDuration: '1h',
      },
      max_in_flight: {
        type: 'integer',
        minimum: 1,
        maximum: 1_048_576,
        description:
          "How many attempts without an end there is room for, some 150 bytes of the kernel's memory each. What comes beyond gives no event and is counted as lost (`map_full`).",
        default: 65_536,
      },
      interval: {
        type: 'string',
        format: 'duration',
        description:
          'How often the counters of attempts, losses and attempts in flight are sent. Events do not wait for it.',
        default: '5s',
        minDuration: '100ms',
        maxDuration: '1h',
      },
      run_stats: RUN_STATS_SCHEMA,
    },
  },
  example: { min_latency: '10ms', interval: '10s' },
  acquire: (config, context) =>
    acquireFrames(
      {
        options: {
          program: 'tcp_connect',
          max_in_flight: config.max_in_flight,
          min_latency_ns: Math.round(config.min_latency * 1e6),
          interval_ms: Math.round(config.interval),
          run_stats: config.run_stats,
        },
        atRisk: 'the attempts in flight and what ended since its last frame (sent every 50ms)',
      },
      context,
    ),
  decoder: (_config, context) => decodeTcpConnect(context),
  probeHost: () => probeHost('tcp_connect'),
});
