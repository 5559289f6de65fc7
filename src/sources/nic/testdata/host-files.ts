import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Roots } from '../read-sysfs.ts';

/** One network card as sysfs and /proc show it. */
export interface Card {
  readonly name: string;
  readonly ifindex: number;
  readonly driver?: string;
  /** Number of the IRQ of each queue, and the CPU that it interrupts. */
  readonly irqs: readonly { readonly irq: number; readonly cpus: string }[];
  /** Of each receive queue. */
  readonly rps: readonly string[];
  readonly xps: readonly string[];
  readonly speed?: number;
  readonly statistics: Readonly<Record<string, number>>;
  /** Where the kernel puts the IRQs: at the device, or, with virtio, one above. */
  readonly isVirtio?: boolean;
}

/** USER_HZ: what /proc/stat counts in. */
const TICKS = 100;

/** /sys and /proc of a made-up host in a folder of its own, which `remove` removes. */
export class HostFiles {
  readonly #folder = mkdtempSync(join(tmpdir(), 'lagpipe-host-'));
  readonly roots: Roots = { sys: join(this.#folder, 'sys'), proc: join(this.#folder, 'proc') };

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  online(list: string): void {
    this.#write('sys/devices/system/cpu/online', list);
  }

  /** Counts of each IRQ by CPU. */
  interrupts(
    cpus: readonly number[],
    rows: readonly (readonly [irq: number, counts: readonly number[], action: string])[],
  ): void {
    const head = `           ${cpus.map((cpu) => `CPU${cpu}`).join('       ')}\n`;
    const lines = rows.map(([irq, counts, action]) => {
      const columns = counts.map((count) => String(count).padStart(10)).join(' ');
      return ` ${irq}: ${columns}  PCI-MSIX-0000:3b:00.0   ${irq}-edge      ${action}\n`;
    });
    this.#write(
      'proc/interrupts',
      `${head}${lines.join('')}NMI: ${cpus.map(() => '         0').join(' ')}   Non-maskable interrupts\n`,
    );
  }

  /** Seconds that each CPU, from 0, has spent in softirq and idle since its start. */
  cpuSeconds(rows: readonly (readonly [softirq: number, idle: number])[]): void {
    const lines = rows.map(
      ([softirq, idle], cpu) => `cpu${cpu} 0 0 0 ${idle * TICKS} 0 0 ${softirq * TICKS} 0 0 0`,
    );
    this.#write('proc/stat', lines.join('\n'));
  }

  card({ name, ifindex, driver, irqs, rps, xps, speed, statistics, isVirtio = false }: Card): void {
    const net = `sys/class/net/${name}`;
    if (driver !== undefined) {
      const device = isVirtio ? `sys/devices/pci-${name}/virtio0` : `sys/devices/pci-${name}`;
      this.#write(`sys/bus/drivers/${driver}/bind`, '');
      mkdirSync(join(this.#folder, device), { recursive: true });
      mkdirSync(join(this.#folder, net), { recursive: true });
      symlinkSync(join(this.#folder, `sys/bus/drivers/${driver}`), join(this.#folder, device, 'driver'));
      symlinkSync(join(this.#folder, device), join(this.#folder, net, 'device'));
    }
    for (const { irq, cpus } of irqs) {
      this.#write(`sys/devices/pci-${name}/msi_irqs/${irq}`, 'msix');
      this.#write(`proc/irq/${irq}/smp_affinity_list`, cpus);
      this.#write(`proc/irq/${irq}/effective_affinity_list`, cpus.split(/[-,]/)[0]);
    }
    for (const [queue, mask] of rps.entries()) this.#write(`${net}/queues/rx-${queue}/rps_cpus`, mask);
    for (const [queue, mask] of xps.entries()) this.#write(`${net}/queues/tx-${queue}/xps_cpus`, mask);
    this.#write(`${net}/ifindex`, String(ifindex));
    if (speed !== undefined) this.#write(`${net}/speed`, String(speed));
    for (const [file, value] of Object.entries(statistics))
      this.#write(`${net}/statistics/${file}`, String(value));
  }

  #write(path: string, text: string): void {
    const whole = join(this.#folder, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, `${text}\n`);
  }
}
