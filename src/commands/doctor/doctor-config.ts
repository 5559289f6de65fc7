import { stringify } from 'yaml';
import { loadConfig } from '../../config/load.ts';
import type { PipelineConfig, Registry } from '../../config/model.ts';

export interface DoctorSources {
  /** How long the doctor looks; the window of its rules is as long, up to a minute. */
  readonly forMillis: number;
  /** Addresses of linkerd 1.x metrics.json. */
  readonly linkerd: readonly string[];
  /** Addresses of Prometheus endpoints: linkerd2-proxy, node_exporter. */
  readonly prometheus: readonly string[];
  /** Whether the agent runs in another network namespace than the host's first one. */
  readonly isInNetns: boolean;
  /** Names or processes of other network namespaces on this host, whose counters are looked at as well. */
  readonly otherNamespaces: readonly string[];
}

const TICK = '1s';
const LONGEST_WINDOW_MILLIS = 60_000;

/** Sources and their settings by id: everything that needs no address. Those that the registry lacks are left out. */
function sourcesOf({
  forMillis,
  linkerd,
  prometheus,
  isInNetns,
  otherNamespaces,
}: DoctorSources): Record<string, object> {
  const netns = isInNetns ? 'own' : 'all';
  const slower = forMillis < 20_000 ? '2s' : '5s';
  return {
    ebpf_stack_latency: { interval: TICK, network_namespace: netns },
    ebpf_tcp_connect: {},
    ebpf_tcp_life: { interval: TICK },
    ebpf_tcp_events: { interval: TICK, network_namespace: netns },
    proc: { interval: TICK, interrupts_interval: slower },
    ...Object.fromEntries(
      otherNamespaces.map((netns) => [
        `proc/netns-${netns}`,
        { interval: TICK, netns, collectors: ['netstat', 'sockstat', 'netdev'] },
      ]),
    ),
    sockets: {
      interval: TICK,
      census_interval: slower,
      census_cpu_percent: 10,
      network_namespaces: [isInNetns ? 'own' : 'all'],
    },
    nic: { interval: TICK },
    ...Object.fromEntries(
      linkerd.map((address, index) => [`linkerd/${index + 1}`, { address, interval: slower }]),
    ),
    ...Object.fromEntries(
      prometheus.map((target, index) => [`prometheus/${index + 1}`, { targets: [target], interval: TICK }]),
    ),
  };
}

/** The pipeline that the doctor runs, as the text of a pipeline file: checked like one that a user wrote. */
export function doctorPipeline(options: DoctorSources, registry: Registry): string {
  const known = new Set<string>(registry.sources.map(({ id }) => id));
  const sources = Object.fromEntries(
    Object.entries(sourcesOf(options)).filter(([id]) => known.has(id.split('/')[0])),
  );
  const window = `${Math.ceil(Math.min(options.forMillis, LONGEST_WINDOW_MILLIS) / 1000) + 2}s`;
  return stringify({
    agent: { shutdown_timeout: '5s' },
    sources,
    processors: {
      diagnose: {
        window,
        interval: TICK,
        // What holds at the end, over all that was measured, is what counts.
        raise_after: '0s',
        clear_after: '0s',
        repeat_after: '0s',
        report_healthy: true,
        network_namespace: options.isInNetns ? 'own' : 'all',
      },
    },
    sinks: { stdout: { format: 'debug' } },
    pipelines: {
      doctor: { sources: Object.keys(sources), processors: ['diagnose'], sinks: ['stdout'] },
    },
  });
}

/** Throws where the pipeline is wrong, which an address on the command line can make it. */
export function doctorConfig(options: DoctorSources, registry: Registry): PipelineConfig {
  const text = doctorPipeline(options, registry);
  const { config, problems } = loadConfig({ path: 'doctor', text }, { environment: {}, registry });
  if (config === undefined) throw new Error(problems.map(({ message }) => message).join('; '));
  return config;
}
