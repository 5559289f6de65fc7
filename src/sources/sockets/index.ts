import { type ConfigProblem, defineSource } from '../../component.ts';
import { formatSeconds } from '../../lib/duration.ts';
import { acquireSockets } from './acquire.ts';
import { PROC_CHUNK } from './acquire-proc.ts';
import { decodeProc } from './decode-proc.ts';
import { decodeSockets } from './decode-sockets.ts';
import { SOCKETS_DESCRIPTION } from './description.ts';
import { SOCKETS_EMITS } from './metric-names.ts';
import { withPartRemedies } from './parts.ts';

const PROC_INPUTS: ReadonlySet<string> = new Set(Object.values(PROC_CHUNK));

export const sockets = defineSource({
  id: 'sockets',
  summary:
    'How full accept queues are, and how many TCP connections are in which state, with whom, idle, unread or sent again.',
  description: SOCKETS_DESCRIPTION,
  emits: SOCKETS_EMITS,
  schema: {
    type: 'object',
    description: 'How often to look at TCP sockets, where, and how much detail to keep.',
    properties: {
      interval: {
        type: 'string',
        format: 'duration',
        description: 'Time between two looks at the listening sockets. The first is at once.',
        default: '5s',
        minDuration: '100ms',
        maxDuration: '1h',
      },
      census_interval: {
        type: 'string',
        format: 'duration',
        description: 'Time between two counts of all sockets. The first is at once.',
        default: '30s',
        minDuration: '1s',
        maxDuration: '24h',
      },
      census_cpu_percent: {
        type: 'integer',
        description:
          'Of one processor: what the counts may take. One that takes more makes the next come later, and `lagpipe.socket.census.interval` says so.',
        default: 1,
        minimum: 1,
        maximum: 100,
      },
      network_namespaces: {
        type: 'array',
        description:
          'Where to look: `own`, names below /run/netns, or `all`: the own one, all that are mounted and all that some process is in, such as those of containers, as they come and go. Others than the own one take CAP_SYS_ADMIN, `all` also CAP_SYS_PTRACE.',
        items: {
          type: 'string',
          description: '`own`, `all` or a name below /run/netns.',
          pattern: '^.{1,63}$',
        },
        default: ['own'],
        minItems: 1,
        maxItems: 32,
        uniqueItems: true,
      },
      idle_threshold: {
        type: 'string',
        format: 'duration',
        description:
          'An established connection without data for so long and without a keep-alive timer counts as idle. Load balancers and firewalls forget such connections after 60 to 350 s.',
        default: '5m',
        minDuration: '1ms',
        maxDuration: '24h',
      },
      max_listeners: {
        type: 'integer',
        description:
          'Listening addresses and ports to tell apart in each network namespace, those with the longest queues first; the rest counts together.',
        default: 256,
        minimum: 1,
        maximum: 4096,
      },
      max_ports: {
        type: 'integer',
        description:
          'Ports to tell apart in each network namespace, those with the most sockets first; the rest counts together.',
        default: 64,
        minimum: 1,
        maximum: 1024,
      },
      max_peers: {
        type: 'integer',
        description:
          'Peers to tell apart in each network namespace, those with the most sockets first; the rest counts together. 0: none is told.',
        default: 20,
        minimum: 0,
        maximum: 1024,
      },
    },
  },
  example: { interval: '1s', census_interval: '10s', network_namespaces: ['own'], max_peers: 5 },
  check: (config) => [...checkIntervals(config), ...checkNamespaces(config)],
  acquire: (config, context) =>
    acquireSockets(
      {
        options: {
          program: 'sockets',
          interval_ms: Math.round(config.interval),
          census_interval_ms: Math.round(config.census_interval),
          census_cpu_percent: config.census_cpu_percent,
          namespaces: config.network_namespaces.includes('all') ? 'all' : config.network_namespaces,
          idle_ms: Math.round(config.idle_threshold),
          max_listeners: config.max_listeners,
          max_ports: config.max_ports,
          max_peers: config.max_peers,
        },
        atRisk: `the figures of at most ${formatSeconds(config.interval / 1000)}`,
      },
      {
        root: '/proc',
        intervalMillis: config.interval,
        censusIntervalMillis: config.census_interval,
        cpuPercent: config.census_cpu_percent,
      },
      context,
    ),
  decoder: (config, context) => {
    const limits = {
      maxListeners: config.max_listeners,
      maxPorts: config.max_ports,
      maxPeers: config.max_peers,
    };
    const ofLoader = decodeSockets(withPartRemedies(context));
    const ofProc = decodeProc(limits, context);
    return (chunk) => (PROC_INPUTS.has(chunk.name) ? ofProc(chunk) : ofLoader(chunk));
  },
});

/** A census is taken together with a look at the listening sockets. */
function checkIntervals(config: { interval: number; census_interval: number }): ConfigProblem[] {
  if (config.census_interval >= config.interval) return [];
  const [census, tick] = [config.census_interval, config.interval].map((millis) =>
    formatSeconds(millis / 1000),
  );
  const message = `${census} is shorter than the interval, ${tick}; allowed: ${tick} or longer`;
  return [{ path: ['census_interval'], message }];
}

function checkNamespaces({
  network_namespaces: names,
}: {
  network_namespaces: readonly string[];
}): ConfigProblem[] {
  const problems: ConfigProblem[] = names.flatMap((name, index) => {
    if (!/[/\0]/.test(name) && name !== '.' && name !== '..') return [];
    const message = `${JSON.stringify(name)} is no name below /run/netns; allowed: own, all, or a name that \`ip netns list\` shows`;
    return [{ path: ['network_namespaces', index], message }];
  });
  if (!names.includes('all') || names.length === 1) return problems;
  return [
    ...problems,
    { path: ['network_namespaces'], message: 'all stands for every other entry: write [all]' },
  ];
}
