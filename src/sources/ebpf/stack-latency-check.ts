import { isIP } from 'node:net';
import type { ConfigProblem } from '../../component.ts';
import type { Selection } from './stack-latency-filter.ts';
import { EXTRA_STAGES, SOFTIRQ_STAGES } from './stages.ts';

/** The stages that run in the process that reads: only there is a process, a cgroup and a queue to look at. */
const READ_STAGES: readonly string[] = ['tcp-socket-read', 'udp-socket-read'];
/** The stages behind the place where TCP puts segments in order. */
const TCP_QUEUE_STAGES: readonly string[] = ['tcp-socket-enqueued', 'tcp-socket-read'];
const SOFTIRQ_NAMES: readonly string[] = SOFTIRQ_STAGES;
/** By what the softirq stages can tell groups apart. */
const SOFTIRQ_GROUPS: Readonly<Record<string, readonly string[]>> = {
  'softirq-raised': [],
  'napi-poll': ['interface', 'netns'],
};
const EXTRA_NAMES: readonly string[] = EXTRA_STAGES;

/** What a filter needs of a stage, how a stage attaches, and whether an address range is one. */
export function checkSelection(selection: Selection): readonly ConfigProblem[] {
  return [
    ...checkReaders(selection),
    ...checkSoftirqs(selection),
    ...checkSoftirqGroups(selection),
    ...checkAttach(selection),
    ...checkReordered(selection),
    ...checkNamespaces(selection),
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
  if (filter.network_namespaces.length > 0) packetsOnly.push(['filter', 'network_namespaces']);
  if (network_namespace === 'own') packetsOnly.push(['network_namespace']);
  const message = `cannot be told at ${blind.join(', ')}, where no packet is known yet; measure other stages, or all packets`;
  return packetsOnly.map((path) => ({ path, message }));
}

/** A poll is an interface's; a softirq is a processor's. */
function checkSoftirqGroups({ stages, group_by }: Selection): readonly ConfigProblem[] {
  return group_by.flatMap((key, index) => {
    const blind = stages.filter((stage) => SOFTIRQ_GROUPS[stage]?.includes(key) === false);
    if (key === 'cgroup' || blind.length === 0) return [];
    return [{ path: ['group_by', index], message: `cannot be told at ${blind.join(', ')}` }];
  });
}

/** Only those two stages lie behind the wait for an earlier segment. */
function checkReordered({ stages, filter }: Selection): readonly ConfigProblem[] {
  if (filter.reordered === 'keep' || TCP_QUEUE_STAGES.some((stage) => stages.includes(stage))) return [];
  const message = `can only be told at ${TCP_QUEUE_STAGES.join(' and ')}, and neither is among the stages`;
  return [{ path: ['filter', 'reordered'], message }];
}

function checkNamespaces({ filter, network_namespace }: Selection): readonly ConfigProblem[] {
  if (filter.network_namespaces.length === 0 || network_namespace === 'all') return [];
  const message = 'choose among all: network_namespace must be all, or this be left out';
  return [{ path: ['filter', 'network_namespaces'], message }];
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
