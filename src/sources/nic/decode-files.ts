import type { ComponentContext, Decode } from '../../component.ts';
import { type CpuTable, cpuTableParser } from '../../lib/parse-cpu-table.ts';
import type { Batch } from '../../model/batch.ts';
import { secondsBetween, type UnixTime } from '../../model/time.ts';
import { FILE_CHUNK } from './acquire-files.ts';
import { cpusOfList } from './cpu-set.ts';
import { allowedCpus, type Interface, interfaceOf, linesOfPaths } from './inventory.ts';
import { IrqCounts } from './irq-counts.ts';
import { irqsByName } from './irq-names.ts';
import { NAMES } from './metric-names.ts';
import { PointList } from './point-list.ts';
import { addInterrupts, addQueues, addSpread } from './queue-points.ts';
import { QueueStatus } from './queue-status.ts';
import { spreadOf } from './spread.ts';
import { StatisticSeries } from './statistic-series.ts';

interface Known extends Interface {
  readonly irqCounts: IrqCounts;
}

/** What sysfs and /proc tell of interfaces, to one batch for each look, at its last chunk. */
export function decodeFiles(wanted: readonly string[], context: ComponentContext): Decode {
  const files = new InterfaceFiles(wanted, context);
  const parseInterrupts = cpuTableParser();
  return ({ name, time, bytes }): readonly Batch[] => {
    const text = () => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    switch (name) {
      case FILE_CHUNK.interfaces:
        files.takeInterfaces(text());
        return [];
      case FILE_CHUNK.inventory:
        files.takeInventory(text(), time);
        return [];
      case FILE_CHUNK.statistics:
        files.takeStatistics(text(), time);
        return [];
      case FILE_CHUNK.interrupts: {
        const table = parseInterrupts(bytes);
        if (table.malformed > 0) context.counters.dropped('malformed_line', table.malformed);
        files.takeInterrupts(table, time);
        return files.points.take();
      }
      default:
        context.counters.dropped('unknown_input', 1);
        return [];
    }
  };
}

/** What is known of the interfaces between one look and the next. */
class InterfaceFiles {
  readonly points: PointList;
  readonly #wanted: readonly string[];
  readonly #status: QueueStatus;
  readonly #statistics = new StatisticSeries('kernel');
  readonly #interfaces = new Map<string, Known>();
  #online: ReadonlySet<number> = new Set();
  #interruptsTime: UnixTime | undefined;

  constructor(wanted: readonly string[], context: ComponentContext) {
    this.points = new PointList(context);
    this.#wanted = wanted;
    this.#status = new QueueStatus(context);
  }

  takeInterfaces(text: string): void {
    const [cpus = '', ...names] = text.split('\n');
    this.#online = cpusOfList(cpus);
    const kept = new Set(names);
    this.#statistics.keepOnly(kept);
    for (const name of this.#interfaces.keys()) if (!kept.has(name)) this.#interfaces.delete(name);
    for (const name of this.#wanted) if (!kept.has(name)) this.#status.missing(name);
  }

  takeInventory(text: string, time: UnixTime): void {
    const end = text.indexOf('\n');
    const name = text.slice(0, end < 0 ? text.length : end);
    const found = interfaceOf(name, linesOfPaths(text.slice(name.length + 1)));
    const irqCounts = this.#interfaces.get(name)?.irqCounts ?? new IrqCounts(time);
    this.#interfaces.set(name, { ...found, irqCounts });
  }

  takeStatistics(text: string, time: UnixTime): void {
    const values = linesOfPaths(text);
    for (const [path, value] of values) {
      const [, name, file, statistic] = /^net\/([^/]+)\/(speed|statistics\/(\w+))$/.exec(path) ?? [];
      const number = Number(value);
      if (name === undefined || value === '' || !Number.isFinite(number)) continue;
      const ifindex = Number(values.get(`net/${name}/ifindex`));
      if (statistic !== undefined) {
        this.points.sum(NAMES.statistic, this.#statistics.point(name, ifindex, statistic, number, time));
      } else if (file === 'speed' && number > 0) {
        // In Mbit/s; -1 where the driver does not know.
        this.points.gauge(NAMES.speed, { 'network.interface.name': name }, time, number * 1e6);
      }
    }
  }

  takeInterrupts(table: CpuTable, time: UnixTime): void {
    const before = this.#interruptsTime;
    const seconds = before === undefined ? 0 : secondsBetween(before, time);
    this.#interruptsTime = time;
    for (const known of this.#interfaces.values()) {
      const { name, irqCounts } = known;
      const irqs = known.irqs.length > 0 ? known.irqs : irqsByName(name, table);
      this.#status.known(known, irqs.length);
      addQueues(this.points, known, time);
      if (irqs.length === 0) continue;
      const added = irqCounts.take(table, new Set(irqs.map(({ number }) => number)));
      addInterrupts(this.points, name, irqs, irqCounts.totals, table, time);
      const spread = spreadOf(added, seconds, known.rps.length, allowedCpus(irqs, this.#online));
      if (spread !== undefined) addSpread(this.points, name, spread, time);
    }
  }
}
