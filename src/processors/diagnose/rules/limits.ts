import type { Evidence } from '../../../model/finding.ts';
import type { FigureName } from '../figures.ts';
import { defineRule, type Judgement } from '../rule.ts';
import type { Window } from '../window/window.ts';

/** One table of the kernel, how full it is, and what to say of it. */
interface Table {
  readonly name: string;
  readonly used: number | undefined;
  readonly limit: number | undefined;
  readonly unit: string;
  /** The share of the limit at which it matters. */
  readonly share: number;
  readonly what: string;
  readonly command: string;
}

const tableFull = defineRule({
  id: 'C8',
  title: 'A table of the kernel is nearly full',
  cause: 'The kernel keeps as many entries as it may. What comes next is dropped or cut short.',
  action: 'Raise the limit, or shorten how long entries live.',
  source: 'netdata; node-mixin',
  needs: ['time_wait_overflows'],
  helps: ['orphans', 'tcp_memory', 'conntrack_entries'],
  limits: {
    orphans: { default: 0.25, unit: '1', description: 'share of net.ipv4.tcp_max_orphans', clear: 0.9 },
    memory: {
      default: 1,
      unit: '1',
      description: 'share of the pressure mark of net.ipv4.tcp_mem',
      clear: 0.9,
    },
    conntrack: { default: 0.75, unit: '1', description: 'share of the conntrack table', clear: 0.95 },
    time_wait: { default: 1, unit: '{connection}', description: 'TIME_WAIT skipped in the window', clear: 1 },
  },
  explains: { Q5: 0, N3: 0 },
  judge(window, limits) {
    const overflows = window.increase('time_wait_overflows');
    const full = tables(window, limits).flatMap((table): readonly Judgement[] => {
      const { used, limit, share } = table;
      if (used === undefined || limit === undefined || limit <= 0 || used < limit * share) return [];
      return [
        judgementOf(
          table,
          { name: table.what, value: used, unit: table.unit, threshold: limit * share },
          used >= limit * 0.95,
        ),
      ];
    });
    if (overflows < limits.time_wait) return full;
    const table = { name: 'TIME_WAIT', what: 'the TIME_WAIT table', command: timeWaitCommand(window) };
    return [...full, judgementOf(table, window.total('time_wait_overflows', limits.time_wait), false)];
  },
});

function judgementOf(
  { name, what, command }: Pick<Table, 'name' | 'what' | 'command'>,
  evidence: Evidence,
  isFull: boolean,
): Judgement {
  return {
    severity: isFull ? 'critical' : 'warn',
    subject: { 'lagpipe.kernel.table': name },
    detail: `It is ${what}.`,
    commands: [command],
    evidence: [evidence],
  };
}

function tables(
  window: Window<FigureName>,
  limits: { readonly orphans: number; readonly memory: number; readonly conntrack: number },
): readonly Table[] {
  const conntrackLimit = window.latest('conntrack_limit');
  const orphanLimit = window.latest('net.ipv4.tcp_max_orphans');
  return [
    {
      name: 'conntrack',
      what: 'connections that the firewall tracks',
      unit: '{entry}',
      used: window.latest('conntrack_entries'),
      limit: conntrackLimit,
      share: limits.conntrack,
      command: `sysctl -w net.netfilter.nf_conntrack_max=${2 * (conntrackLimit ?? 0)}    # now ${conntrackLimit}`,
    },
    {
      name: 'orphans',
      what: 'sockets that no process holds any more',
      unit: '{socket}',
      used: window.latest('orphans'),
      limit: orphanLimit,
      share: limits.orphans,
      command: `sysctl -w net.ipv4.tcp_max_orphans=${2 * (orphanLimit ?? 0)}    # now ${orphanLimit}`,
    },
    {
      name: 'TCP memory',
      what: 'the memory of all TCP sockets',
      unit: '{page}',
      used: window.latest('tcp_memory'),
      limit: window.latest('tcp_mem_pressure'),
      share: limits.memory,
      command: 'sysctl net.ipv4.tcp_mem    # pages: low, pressure, high',
    },
  ];
}

function timeWaitCommand(window: Window<FigureName>): string {
  const limit = window.latest('net.ipv4.tcp_max_tw_buckets');
  return limit === undefined
    ? 'sysctl net.ipv4.tcp_max_tw_buckets    # double it'
    : `sysctl -w net.ipv4.tcp_max_tw_buckets=${limit * 2}    # now ${limit}`;
}

export const LIMIT_RULES = [tableFull];
