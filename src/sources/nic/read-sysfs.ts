import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FileReader } from '../../lib/file-reader.ts';

/** Where the file systems are mounted; a test has copies of its own. */
export interface Roots {
  readonly sys: string;
  readonly proc: string;
}

/** A host with more interfaces has them for containers. */
const MOST_INTERFACES = 64;

/** What the kernel counts for every interface, whether or not its driver has statistics of its own. */
export const KERNEL_STATISTICS = [
  'rx_missed_errors',
  'rx_fifo_errors',
  'rx_crc_errors',
  'rx_frame_errors',
  'rx_over_errors',
  'rx_length_errors',
  'rx_dropped',
  'rx_nohandler',
  'tx_dropped',
  'tx_fifo_errors',
  'tx_carrier_errors',
  'tx_aborted_errors',
  'collisions',
] as const;

/** The wanted ones that there are; without a wish those with a device behind them, or all but loopback. */
export function interfacesBelow({ sys }: Roots, wanted: readonly string[]): readonly string[] {
  const all = entriesOf(join(sys, 'class/net')).sort();
  if (wanted.length > 0) return all.filter((name) => wanted.includes(name));
  const withDevice = all.filter((name) => existsSync(join(sys, 'class/net', name, 'device')));
  const chosen = withDevice.length > 0 ? withDevice : all.filter((name) => name !== 'lo');
  return chosen.slice(0, MOST_INTERFACES);
}

/** What seldom changes of one interface, as lines of `path value` (inventory.ts). */
export function readInventory(roots: Roots, name: string): string {
  const folder = join(roots.sys, 'class/net', name);
  const lines = [`net/${name}/driver ${linkedName(join(folder, 'device/driver'))}`];
  for (const queue of entriesOf(join(folder, 'queues')).sort(byNumber)) {
    const file = queue.startsWith('rx-') ? 'rps_cpus' : 'xps_cpus';
    lines.push(`net/${name}/queues/${queue}/${file} ${textOf(join(folder, 'queues', queue, file))}`);
  }
  for (const irq of irqsOf(folder)) {
    lines.push(`net/${name}/irqs/${irq} `);
    for (const file of ['smp_affinity_list', 'effective_affinity_list']) {
      lines.push(`irq/${irq}/${file} ${textOf(join(roots.proc, 'irq', irq, file))}`);
    }
  }
  return lines.join('\n');
}

export function readOnlineCpus({ sys }: Roots): string {
  return textOf(join(sys, 'devices/system/cpu/online'));
}

/** The figures of one tick: files stay open, since an open file costs half. */
export class StatisticsReader {
  readonly #roots: Roots;
  readonly #files = new FileReader();

  constructor(roots: Roots) {
    this.#roots = roots;
  }

  /** Lines of `path value`; a file that cannot be read (speed of an interface that is down) has none. */
  read(names: readonly string[]): string {
    const lines: string[] = [];
    for (const name of names) {
      for (const file of ['ifindex', 'speed', ...KERNEL_STATISTICS.map((each) => `statistics/${each}`)]) {
        const value = this.#text(`class/net/${name}/${file}`);
        if (value !== '') lines.push(`net/${name}/${file} ${value}`);
      }
    }
    return lines.join('\n');
  }

  interrupts(): Uint8Array {
    try {
      return this.#files.read('interrupts', [join(this.#roots.proc, 'interrupts')]);
    } catch {
      return new Uint8Array(0);
    }
  }

  close(): void {
    this.#files.close();
  }

  #text(path: string): string {
    try {
      return Buffer.from(this.#files.read(path, [join(this.#roots.sys, path)]))
        .toString('latin1')
        .trim();
    } catch {
      return '';
    }
  }
}

/** MSI interrupts stand at the PCI device: the interface's own, or, with virtio, the one above. Else its one line. */
function irqsOf(folder: string): readonly string[] {
  for (const place of ['device/msi_irqs', 'device/../msi_irqs']) {
    // Not by join, which would take the two dots before the link is followed.
    const irqs = entriesOf(`${folder}/${place}`).filter((irq) => /^\d+$/.test(irq));
    if (irqs.length > 0) return irqs.sort((a, b) => Number(a) - Number(b));
  }
  const line = textOf(join(folder, 'device/irq'));
  return /^[1-9]\d*$/.test(line) ? [line] : [];
}

function byNumber(a: string, b: string): number {
  return a[0] === b[0] ? Number(a.slice(3)) - Number(b.slice(3)) : a.localeCompare(b);
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Without the newline; empty when it cannot be read. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return '';
  }
}

function linkedName(path: string): string {
  try {
    return basename(readlinkSync(path));
  } catch {
    return '';
  }
}
