import { defer } from 'rxjs';
import { defineSource } from '../../component.ts';
import { formatSeconds } from '../../lib/duration.ts';
import { acquireFrames } from '../../loader/acquire-frames.ts';
import { probeHost } from '../../loader/probe-host.ts';
import { RUN_STATS_SCHEMA } from '../../loader/run-stats.ts';
import { cgroupIds } from './cgroup-ids.ts';
import { decodeStackLatency, STACK_LATENCY_EMITS } from './decode-stack-latency.ts';
import { netnsInodes } from './netns-inodes.ts';
import { checkSelection } from './stack-latency-check.ts';
import { STACK_LATENCY_DESCRIPTION } from './stack-latency-description.ts';
import {
  FILTER_SCHEMA,
  GROUP_BY_SCHEMA,
  GROUP_IDLE_SCHEMA,
  loaderSelection,
  MAX_GROUPS_SCHEMA,
  SAMPLE_SCHEMA,
} from './stack-latency-filter.ts';
import { ATTACH_TIERS, RECEIVE_STAGES, STAGES } from './stages.ts';

export const ebpfStackLatency = defineSource({
  id: 'ebpf_stack_latency',
  summary:
    'How long received packets take to each of seven points on their way through the Linux receive path.',
  description: STACK_LATENCY_DESCRIPTION,
  emits: STACK_LATENCY_EMITS,
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
        description:
          'The stages to measure, by default the seven of the receive path. One that is left out is not attached.',
        items: {
          type: 'string',
          enum: STAGES,
          description: "A stage; those of the receive path have netstacklat's names.",
        },
        default: RECEIVE_STAGES,
        minItems: 1,
        uniqueItems: true,
      },
      attach: {
        type: 'string',
        enum: ATTACH_TIERS,
        description:
          'How to attach. `auto` tries for each stage `tracing` (fentry, fexit), then `kprobe`, then `hook` (raw tracepoints, netfilter links, cgroup programs), and takes the first that the kernel allows. Any other value tries that one alone; a stage that it is refused for does not run. `softirq-raised`, `napi-poll`, `qdisc` and `driver` have hooks only.',
        default: 'auto',
      },
      network_namespace: {
        type: 'string',
        enum: ['all', 'own'],
        description:
          'Whether to count in all network namespaces, or only in the one that the agent runs in. Where the start stages can only be attached by netfilter links, `all` means entering each namespace; see the page on what that takes, and what serves instead.',
        default: 'all',
      },
      filter: FILTER_SCHEMA,
      sample_one_in: SAMPLE_SCHEMA,
      group_by: GROUP_BY_SCHEMA,
      max_groups: MAX_GROUPS_SCHEMA,
      group_idle: GROUP_IDLE_SCHEMA,
      run_stats: RUN_STATS_SCHEMA,
    },
  },
  example: { interval: '5s', stages: ['ip-start', 'tcp-start', 'tcp-socket-read'] },
  check: checkSelection,
  acquire: (config, context) =>
    defer(() =>
      acquireFrames(
        {
          options: {
            program: 'stack_latency',
            interval_ms: Math.round(config.interval),
            stages: config.stages,
            attach: config.attach,
            own_namespace: config.network_namespace === 'own',
            ...loaderSelection(config, {
              cgroupIds: cgroupIds(config.filter.cgroups),
              netnsInodes: netnsInodes(config.filter.network_namespaces),
            }),
            max_groups: config.max_groups,
            group_idle_ms: Math.round(config.group_idle),
            run_stats: config.run_stats,
          },
          atRisk: `at most ${formatSeconds(config.interval / 1000)} of samples`,
        },
        context,
      ),
    ),
  decoder: (config, context) => decodeStackLatency(context, config.group_by.length > 0),
  probeHost: () => probeHost('stack_latency'),
});
