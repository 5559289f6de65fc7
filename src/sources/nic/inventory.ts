import { cpusOfList, cpusOfMask } from './cpu-set.ts';

export interface Irq {
  readonly number: string;
  /** As the kernel writes lists of CPUs: `0-3`; empty where it does not tell. */
  readonly affinity: string;
  readonly effectiveAffinity: string;
}

/** What one interface is made of, as sysfs and /proc/irq tell. */
export interface Interface {
  readonly name: string;
  readonly driver: string;
  /** By number of the queue: the CPUs that its packets are handed to (RPS) or that choose it (XPS). */
  readonly rps: readonly ReadonlySet<number>[];
  readonly xps: readonly ReadonlySet<number>[];
  readonly irqs: readonly Irq[];
}

/** Lines of `path value`, such as `net/eth0/queues/rx-0/rps_cpus 00000000`; a value may be empty. */
export function linesOfPaths(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const end = line.indexOf(' ');
    if (end > 0) values.set(line.slice(0, end), line.slice(end + 1).trim());
  }
  return values;
}

/** One interface from its lines. */
export function interfaceOf(name: string, values: ReadonlyMap<string, string>): Interface {
  const rps: ReadonlySet<number>[] = [];
  const xps: ReadonlySet<number>[] = [];
  const irqs: Irq[] = [];
  for (const [path, value] of values) {
    const [, queue, irq] = /^net\/[^/]+\/(?:queues\/([rt])x-\d+\/[rx]ps_cpus|irqs\/(\d+))$/.exec(path) ?? [];
    if (queue === 'r') rps.push(cpusOfMask(value));
    else if (queue === 't') xps.push(cpusOfMask(value));
    else if (irq !== undefined) irqs.push(irqOf(irq, values));
  }
  return { name, driver: values.get(`net/${name}/driver`) ?? '', rps, xps, irqs };
}

function irqOf(number: string, values: ReadonlyMap<string, string>): Irq {
  const affinity = values.get(`irq/${number}/smp_affinity_list`) ?? '';
  return { number, affinity, effectiveAffinity: values.get(`irq/${number}/effective_affinity_list`) ?? '' };
}

/** The CPUs that may handle an interrupt of the interface and are there: all of them where no affinity is told. */
export function allowedCpus(irqs: readonly Irq[], online: ReadonlySet<number>): number {
  const allowed = new Set<number>();
  for (const { affinity } of irqs) {
    for (const cpu of cpusOfList(affinity)) if (online.has(cpu)) allowed.add(cpu);
  }
  return allowed.size === 0 ? Math.max(1, online.size) : allowed.size;
}

export function unionSize(sets: readonly ReadonlySet<number>[]): number {
  return new Set(sets.flatMap((set) => [...set])).size;
}
