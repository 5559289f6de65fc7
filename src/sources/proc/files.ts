export const COLLECTORS = ['netstat', 'sockstat', 'softnet', 'netdev', 'pressure'] as const;

export type Collector = (typeof COLLECTORS)[number];

/** One file below the root of /proc, and what it means when it is not there. */
export interface ProcFile {
  /** Path below the root; also the name of its chunks. */
  readonly name: string;
  readonly whenMissing: string;
}

const NO_NET = 'no network statistics below this root';
const NO_PSI =
  'this kernel keeps no pressure statistics (CONFIG_PSI, and psi=1 where they are off by default)';

export const FILES_OF: Readonly<Record<Collector, readonly ProcFile[]>> = {
  netstat: [
    { name: 'net/netstat', whenMissing: NO_NET },
    { name: 'net/snmp', whenMissing: NO_NET },
  ],
  sockstat: [
    { name: 'net/sockstat', whenMissing: NO_NET },
    { name: 'net/sockstat6', whenMissing: 'this host has no IPv6' },
  ],
  softnet: [{ name: 'net/softnet_stat', whenMissing: NO_NET }],
  netdev: [{ name: 'net/dev', whenMissing: NO_NET }],
  pressure: [
    { name: 'pressure/cpu', whenMissing: NO_PSI },
    { name: 'pressure/memory', whenMissing: NO_PSI },
    { name: 'pressure/io', whenMissing: NO_PSI },
    {
      name: 'pressure/irq',
      whenMissing:
        'this kernel does not count interrupt pressure (Linux 6.1 with CONFIG_IRQ_TIME_ACCOUNTING)',
    },
  ],
};
