import { defineSource } from '../../component.ts';
import { formatSeconds } from '../../lib/duration.ts';
import { acquireFrames } from './acquire-frames.ts';
import { decodeStackLatency } from './decode-stack-latency.ts';
import { STACK_LATENCY_DESCRIPTION } from './stack-latency-description.ts';
import { STAGES } from './stages.ts';

export const ebpfStackLatency = defineSource({
  id: 'ebpf_stack_latency',
  summary:
    'How long received packets take to each of seven points on their way through the Linux receive path.',
  description: STACK_LATENCY_DESCRIPTION,
  schema: {
    type: 'object',
    description: 'Latency of the receive path, stage by stage, counted in the kernel.',
    properties: {
      interval: {
        type: 'string',
        format: 'duration',
        description:
          'How often the histograms are read from the kernel and sent, each as the delta since the last.',
        default: '5s',
        minDuration: '100ms',
        maxDuration: '1h',
      },
      stages: {
        type: 'array',
        description: 'The points of the receive path to measure. A stage that is left out costs nothing.',
        items: { type: 'string', enum: STAGES, description: "A stage, by netstacklat's name." },
        default: STAGES,
        minItems: 1,
        uniqueItems: true,
      },
      network_namespace: {
        type: 'string',
        enum: ['all', 'own'],
        description:
          'Whether the socket stages count in all network namespaces, or only in the one that the agent runs in. The start stages see only that one by their nature.',
        default: 'all',
      },
      run_stats: {
        type: 'boolean',
        description:
          "Also send what the probes cost by the kernel's own account. Keeping that account costs some 20 ns for each run of any BPF program on the host.",
        default: false,
      },
    },
  },
  example: { interval: '5s', stages: ['ip-start', 'tcp-start', 'tcp-socket-read'] },
  acquire: (config, context) =>
    acquireFrames(
      {
        options: {
          program: 'stack_latency',
          interval_ms: Math.round(config.interval),
          stages: config.stages,
          own_namespace: config.network_namespace === 'own',
          run_stats: config.run_stats,
        },
        atRisk: `at most ${formatSeconds(config.interval / 1000)} of samples`,
      },
      context,
    ),
  decoder: (_config, context) => decodeStackLatency(context),
});
