import { SYSCTLS, type Sysctl } from './sysctls.ts';

export const COLLECTORS = [
  'netstat',
  'sockstat',
  'softnet',
  'netdev',
  'pressure',
  'cpu',
  'softirqs',
  'interrupts',
  'ksoftirqd',
  'conntrack',
  'sysctl',
] as const;

export type Collector = (typeof COLLECTORS)[number];

/** The name of the empty chunk after which the files of `net/` are those of another namespace than before. */
export const NAMESPACE = 'net';

/** One file, or several small ones that are read as if they were one. */
export interface ProcFile {
  /** Below the root, with `net/` for the network namespace that is looked at; also the name of its chunks. */
  readonly name: string;
  /** What it means when it is not there; without it that is not worth a word, because another file says it. */
  readonly whenMissing?: string;
  /** The kernel gives the whole of it to the first read that has room for it (`single_open`). */
  readonly isWhole?: true;
  /** How often at most; without it, at every tick. */
  readonly everyMillis?: number;
  /** The small files instead of one. Each becomes the line `label = text`; those that are not there are left out. */
  readonly members?: 'sysctl' | 'conntrack' | 'ksoftirqd';
}

const NO_NET = 'no network statistics below this root';
const NO_PSI =
  'this kernel keeps no pressure statistics (CONFIG_PSI, and psi=1 where they are off by default)';
const NO_HOST = 'no statistics of the host below this root';
const NO_CONNTRACK = 'connection tracking is not loaded (nf_conntrack), or is not visible in this namespace';

/** In the order in which they are read: `stat` says which CPUs are online before `net/softnet_stat` needs it. */
export function filesOf(collectors: readonly Collector[], interruptsMillis: number): readonly ProcFile[] {
  const all: Readonly<Record<Collector, readonly ProcFile[]>> = {
    cpu: [{ name: 'stat', whenMissing: NO_HOST, isWhole: true }],
    netstat: [
      { name: 'net/netstat', whenMissing: NO_NET, isWhole: true },
      { name: 'net/snmp', whenMissing: NO_NET, isWhole: true },
      { name: 'net/snmp6', whenMissing: 'this host has no IPv6', isWhole: true },
    ],
    sockstat: [
      { name: 'net/sockstat', whenMissing: NO_NET, isWhole: true },
      { name: 'net/sockstat6', whenMissing: 'this host has no IPv6', isWhole: true },
    ],
    softnet: [{ name: 'net/softnet_stat', whenMissing: NO_NET }],
    netdev: [{ name: 'net/dev', whenMissing: NO_NET }],
    conntrack: [
      { name: 'net/stat/nf_conntrack', whenMissing: NO_CONNTRACK },
      // A read below sys/net costs more than all of the file above, which has the count too.
      { name: 'conntrack', members: 'conntrack', everyMillis: 10_000 },
    ],
    pressure: [
      { name: 'pressure/cpu', whenMissing: NO_PSI, isWhole: true },
      { name: 'pressure/memory', whenMissing: NO_PSI, isWhole: true },
      { name: 'pressure/io', whenMissing: NO_PSI, isWhole: true },
      {
        name: 'pressure/irq',
        whenMissing:
          'this kernel does not count interrupt pressure (Linux 6.1 with CONFIG_IRQ_TIME_ACCOUNTING)',
        isWhole: true,
      },
    ],
    softirqs: [{ name: 'softirqs', whenMissing: NO_HOST, isWhole: true }],
    interrupts: [{ name: 'interrupts', whenMissing: NO_HOST, everyMillis: interruptsMillis }],
    ksoftirqd: [
      {
        name: 'ksoftirqd',
        whenMissing: 'no ksoftirqd threads below this root: it shows the processes of a container only',
        members: 'ksoftirqd',
      },
    ],
    sysctl: [
      {
        name: 'sysctl',
        whenMissing: 'no network settings below this root, or they are of another namespace than net',
        members: 'sysctl',
        everyMillis: 60_000,
      },
    ],
  };
  const inOrder = Object.keys(all) as readonly Collector[];
  return inOrder.filter((name) => collectors.includes(name)).flatMap((name) => all[name]);
}

export interface Member {
  readonly label: string;
  /** Below the root. */
  readonly path: string;
}

/** The settings that can be read for the network namespace that is looked at: of another one, only the host's. */
export function sysctlMembers(isOwnNamespace: boolean): readonly Member[] {
  return SYSCTLS.filter(({ isPerNamespace }) => isOwnNamespace || !isPerNamespace).map(memberOf);
}

/** The limit is one for the whole host, the count is not. */
export function conntrackMembers(isOwnNamespace: boolean): readonly Member[] {
  const limit = { name: 'net.netfilter.nf_conntrack_max' };
  return (isOwnNamespace ? [{ name: 'net.netfilter.nf_conntrack_count' }, limit] : [limit]).map(memberOf);
}

function memberOf({ name }: Pick<Sysctl, 'name'>): Member {
  return { label: name, path: `sys/${name.replaceAll('.', '/')}` };
}
