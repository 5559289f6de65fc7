import type { CpuTable } from '../../lib/parse-cpu-table.ts';
import type { UnixTime } from '../../model/time.ts';

const U32_RANGE = 2 ** 32;

/** What the IRQs of one interface have counted since they were first seen. */
export interface IrqTotals {
  readonly startTime: UnixTime;
  /** By CPU. */
  readonly cpus: Map<number, number>;
  /** By number of the IRQ. */
  readonly irqs: Map<string, number>;
}

/**
 * Interrupts of one interface over time: what each reading adds is summed up, so that an IRQ that goes away (fewer
 * queues, a driver that is loaded again) does not make a sum fall. The kernel counts in 32 bits for each IRQ and CPU.
 */
export class IrqCounts {
  readonly totals: IrqTotals;
  #before = new Map<string, number>();

  constructor(startTime: UnixTime) {
    this.totals = { startTime, cpus: new Map(), irqs: new Map() };
  }

  /** Takes a reading of /proc/interrupts and returns what it added, by CPU; nothing for an IRQ that is new. */
  take({ cpus, rows }: CpuTable, irqs: ReadonlySet<string>): ReadonlyMap<number, number> {
    const added = new Map<number, number>();
    const now = new Map<string, number>();
    for (const { label, counts } of rows) {
      if (!irqs.has(label) || counts.length !== cpus.length) continue;
      let ofIrq = 0;
      counts.forEach((count, column) => {
        const cpu = cpus[column];
        const key = `${label} ${cpu}`;
        const increase = increaseOf(this.#before.get(key), count);
        now.set(key, count);
        ofIrq += increase;
        add(added, cpu, increase);
        add(this.totals.cpus, cpu, increase);
      });
      add(this.totals.irqs, label, ofIrq);
    }
    // A CPU that is offline for a while has no column and comes back with its old count.
    this.#before = new Map([...this.#before, ...now]);
    return added;
  }
}

/** Worked example: from 4294967290 to 5 are 11 interrupts; from 70 to 5 the count began anew, and 5 came since. */
function increaseOf(before: number | undefined, now: number): number {
  if (before === undefined) return 0;
  if (now >= before) return now - before;
  return before > U32_RANGE / 2 ? now + U32_RANGE - before : now;
}

function add<K>(map: Map<K, number>, key: K, value: number): void {
  map.set(key, (map.get(key) ?? 0) + value);
}
