import { isIP } from 'node:net';
import type { ConfigProblem } from '../../component.ts';
import type { ConfigOf, ObjectSchema } from '../../schema.ts';
import { GROUP_KEYS } from './stack-group.ts';
import { EXTRA_STAGES, SOFTIRQ_STAGES } from './stages.ts';

/** The stages that run in the process that reads: only there is a process, a cgroup and a queue to look at. */
const READ_STAGES: readonly string[] = ['tcp-socket-read', 'udp-socket-read'];
const SOFTIRQ_NAMES: readonly string[] = SOFTIRQ_STAGES;
const EXTRA_NAMES: readonly string[] = EXTRA_STAGES;

/** As many as bpf/stack_latency_map.h has room for. */
const MAX_INTERFACES = 8;
const MAX_LIST = 16;
const MAX_CGROUPS = 8;

export const FILTER_SCHEMA = {
  type: 'object',
  description:
    'Which packets count; the kernel leaves out the others and counts them as `filtered`. A filter that is not set is not in the program. A packet counts when it passes all that are set.',
  properties: {
    interfaces: {
      type: 'array',
      description: 'Names of the interfaces by which packets come in, in any network namespace.',
      items: { type: 'string', pattern: '^[^/\\s]{1,15}$', description: "An interface's name." },
      default: [],
      maxItems: MAX_INTERFACES,
      uniqueItems: true,
    },
    local_ports: {
      type: 'array',
      description: "TCP or UDP ports of this host's side.",
      items: { type: 'integer', minimum: 1, maximum: 65_535, description: 'A port number of this host.' },
      default: [],
      maxItems: MAX_LIST,
      uniqueItems: true,
    },
    remote_addresses: {
      type: 'array',
      description: 'Ranges of addresses that packets come from: `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`.',
      items: { type: 'string', minLength: 2, description: 'An address, with or without a prefix length.' },
      default: [],
      maxItems: MAX_LIST,
      uniqueItems: true,
    },
    ip_version: {
      type: 'string',
      enum: ['both', 'ipv4', 'ipv6'],
      description: 'Which version of IP.',
      default: 'both',
    },
    pids: {
      type: 'array',
      description:
        'Processes that read, by their number outside of any container. Applies to the read stages only.',
      items: { type: 'integer', minimum: 1, maximum: 2_147_483_647, description: 'A process ID.' },
      default: [],
      maxItems: MAX_LIST,
      uniqueItems: true,
    },
    cgroups: {
      type: 'array',
      description:
        'Cgroups (v2) of the processes that read, as paths below the mount of cgroup v2: `/system.slice/nginx.service`. Their children count as well. They must exist when the source starts. Applies to the read stages only.',
      items: { type: 'string', pattern: '^/', description: 'Path of a cgroup, from `/`.' },
      default: [],
      maxItems: MAX_CGROUPS,
      uniqueItems: true,
    },
    min_queue_length: {
      type: 'integer',
      minimum: 0,
      maximum: 1_000_000,
      description:
        'Count only reads that leave at least as many packets waiting in the socket: readers that do not keep up. Applies to the read stages only.',
      default: 0,
    },
  },
  default: {},
} as const satisfies ObjectSchema;

export const SAMPLE_SCHEMA = {
  type: 'integer',
  minimum: 1,
  maximum: 1_000_000,
  description:
    'Time one packet in this many, chosen by chance; the others count as `sampled_out`. For hosts with very many packets.',
  default: 1,
} as const;

export const GROUP_BY_SCHEMA = {
  type: 'array',
  description:
    'A histogram of its own for each value of these, as attributes of the metrics. `cgroup` is that of the process that reads, so it applies to the read stages only.',
  items: { type: 'string', enum: GROUP_KEYS, description: 'What to tell apart.' },
  default: [],
  uniqueItems: true,
} as const;

export const MAX_GROUPS_SCHEMA = {
  type: 'integer',
  minimum: 1,
  maximum: 1024,
  description:
    'How many groups a stage may have; each takes 2.5 kB for each CPU and stage. What comes after counts together, with the attribute `otel.metric.overflow`.',
  default: 64,
} as const;

export const GROUP_IDLE_SCHEMA = {
  type: 'string',
  format: 'duration',
  description: 'A group that saw nothing for so long is forgotten and makes room for another.',
  default: '1m',
  minDuration: '100ms',
  maxDuration: '24h',
} as const;

export interface Selection {
  readonly stages: readonly string[];
  readonly filter: ConfigOf<typeof FILTER_SCHEMA>;
  readonly sample_one_in: number;
  readonly group_by: readonly string[];
  readonly attach: string;
  readonly network_namespace: string;
}

/** What a filter needs of a stage, how a stage attaches, and whether an address range is one. */
export function checkSelection(selection: Selection): readonly ConfigProblem[] {
  return [
    ...checkReaders(selection),
    ...checkSoftirqs(selection),
    ...checkAttach(selection),
    ...selection.filter.remote_addresses.flatMap(checkRange),
  ];
}

function checkReaders({ stages, filter, group_by }: Selection): readonly ConfigProblem[] {
  const blind = stages.filter((stage) => !READ_STAGES.includes(stage));
  const readersOnly: (readonly (string | number)[])[] = [];
  if (filter.pids.length > 0) readersOnly.push(['filter', 'pids']);
  if (filter.cgroups.length > 0) readersOnly.push(['filter', 'cgroups']);
  if (filter.min_queue_length > 0) readersOnly.push(['filter', 'min_queue_length']);
  if (group_by.includes('cgroup')) readersOnly.push(['group_by', group_by.indexOf('cgroup')]);
  const message = `cannot be told at ${blind.join(', ')}; choose stages: [${READ_STAGES.join(', ')}] or one of them`;
  return blind.length === 0 ? [] : readersOnly.map((path) => ({ path, message }));
}

/** Where there is no packet yet, nothing of one can be told. */
function checkSoftirqs({ stages, filter, network_namespace }: Selection): readonly ConfigProblem[] {
  const blind = stages.filter((stage) => SOFTIRQ_NAMES.includes(stage));
  if (blind.length === 0) return [];
  const packetsOnly: (readonly string[])[] = [];
  if (filter.interfaces.length > 0) packetsOnly.push(['filter', 'interfaces']);
  if (filter.local_ports.length > 0) packetsOnly.push(['filter', 'local_ports']);
  if (filter.remote_addresses.length > 0) packetsOnly.push(['filter', 'remote_addresses']);
  if (filter.ip_version !== 'both') packetsOnly.push(['filter', 'ip_version']);
  if (network_namespace === 'own') packetsOnly.push(['network_namespace']);
  const message = `cannot be told at ${blind.join(', ')}, where no packet is known yet; measure other stages, or all packets`;
  return packetsOnly.map((path) => ({ path, message }));
}

function checkAttach({ stages, attach }: Selection): readonly ConfigProblem[] {
  const hooked = stages.filter((stage) => EXTRA_NAMES.includes(stage));
  if (hooked.length === 0 || attach === 'auto' || attach === 'hook') return [];
  return [{ path: ['attach'], message: `${hooked.join(', ')} can only be attached by auto or hook` }];
}

function checkRange(range: string, index: number): readonly ConfigProblem[] {
  if (isRange(range)) return [];
  const message = `"${range}" is no range of addresses; allowed are 10.0.0.0/8, 2001:db8::/32 and single addresses`;
  return [{ path: ['filter', 'remote_addresses', index], message }];
}

function isRange(range: string): boolean {
  const [address, bits, ...rest] = range.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** The same as the loader's options have it. */
export function loaderSelection(
  { filter, sample_one_in, group_by }: Selection,
  cgroupIds: readonly number[],
) {
  return {
    filter: {
      ...(filter.ip_version !== 'both' && { ip_version: filter.ip_version === 'ipv4' ? 4 : 6 }),
      interfaces: filter.interfaces,
      local_ports: filter.local_ports,
      address_ranges: filter.remote_addresses,
      pids: filter.pids,
      cgroup_ids: cgroupIds,
      min_queue_length: filter.min_queue_length,
      sample_one_in,
    },
    group_by,
  };
}
