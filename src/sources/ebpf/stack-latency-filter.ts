import type { ConfigOf, ObjectSchema } from '../../schema.ts';
import { GROUP_KEYS } from './stack-group.ts';

/** As many as bpf/stack_latency_map.h has room for. */
const MAX_INTERFACES = 8;
const MAX_LIST = 16;
const MAX_CGROUPS = 8;
const MAX_NETNS = 8;

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
    network_namespaces: {
      type: 'array',
      description:
        'Network namespaces, by their name below /run/netns or by their number, as in `net:[4026532281]`. A name must exist when the source starts.',
      items: {
        type: 'string',
        pattern: '^[^/\\s]{1,63}$',
        description: 'A name, or the number of a network namespace.',
      },
      default: [],
      maxItems: MAX_NETNS,
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
    reordered: {
      type: 'string',
      enum: ['keep', 'drop'],
      description:
        "Whether TCP segments count that waited for an earlier one, lost or overtaken on the way: that wait is the network's and not this host's. `drop` leaves them out at tcp-socket-enqueued and tcp-socket-read, as `reordered`; the other stages lie before the wait.",
      default: 'keep',
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
  description:
    'A group that saw nothing for so long is forgotten and makes room for another; before Linux 5.14 it stays.',
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

/** The kernel's numbers for names in a filter. */
export interface SelectionIds {
  readonly cgroupIds: readonly number[];
  readonly netnsInodes: readonly number[];
}

/** The same as the loader's options have it. */
export function loaderSelection(
  { filter, sample_one_in, group_by }: Selection,
  { cgroupIds, netnsInodes }: SelectionIds,
) {
  return {
    filter: {
      ...(filter.ip_version !== 'both' && { ip_version: filter.ip_version === 'ipv4' ? 4 : 6 }),
      interfaces: filter.interfaces,
      local_ports: filter.local_ports,
      address_ranges: filter.remote_addresses,
      pids: filter.pids,
      cgroup_ids: cgroupIds,
      netns_inodes: netnsInodes,
      drop_reordered: filter.reordered === 'drop' ? 1 : 0,
      min_queue_length: filter.min_queue_length,
      sample_one_in,
    },
    group_by,
  };
}
