import type { ComponentContext, Decode } from '../../component.ts';
import { type CpuTable, cpuTableParser } from '../../lib/parse-cpu-table.ts';
import type { Attributes } from '../../model/attributes.ts';
import type { Batch } from '../../model/batch.ts';
import { secondsBetween, type UnixTime } from '../../model/time.ts';
import { FILE_CHUNK } from './acquire-files.ts';
import { cpusOfList } from './cpu-set.ts';
import { allowedCpus, type Interface, type Irq, interfaceOf, linesOfPaths, unionSize } from './inventory.ts';
import { IrqCounts } from './irq-counts.ts';
import { NAMES } from './metric-names.ts';
import { PointList } from './point-list.ts';
import { spreadOf } from './spread.ts';
import { StatisticSeries } from './statistic-series.ts';

interface Known extends Interface {
  readonly irqCounts: IrqCounts;
}

/** What sysfs and /proc tell of interfaces, to one batch for each look, at its last chunk. */
export function decodeFiles(wanted: readonly string[], context: ComponentContext): Decode {
  const points = new PointList(context);
  const statistics = new StatisticSeries('kernel');
  const parseInterrupts = cpuTableParser();
  const interfaces = new Map<string, Known>();
  const said = new Map<string, string>();
  let online: ReadonlySet<number> = new Set();
  let interruptsTime: UnixTime | undefined;

  const takeInterfaces = (text: string): void => {
    const [cpus = '', ...names] = text.split('\n');
    online = cpusOfList(cpus);
    const kept = new Set(names);
    statistics.keepOnly(kept);
    for (const name of interfaces.keys()) if (!kept.has(name)) interfaces.delete(name);
    for (const name of wanted) if (!kept.has(name)) sayThatItIsMissing(name);
  };

  const takeInventory = (text: string, time: UnixTime): void => {
    const end = text.indexOf('\n');
    const name = text.slice(0, end < 0 ? text.length : end);
    const found = interfaceOf(name, linesOfPaths(text.slice(name.length + 1)));
    const irqCounts = interfaces.get(name)?.irqCounts ?? new IrqCounts(time);
    interfaces.set(name, { ...found, irqCounts });
  };

  const takeStatistics = (text: string, time: UnixTime): void => {
    const values = linesOfPaths(text);
    for (const [path, value] of values) {
      const [, name, file, statistic] = /^net\/([^/]+)\/(speed|statistics\/(\w+))$/.exec(path) ?? [];
      const number = Number(value);
      if (name === undefined || value === '' || !Number.isFinite(number)) continue;
      const ifindex = Number(values.get(`net/${name}/ifindex`));
      if (statistic !== undefined)
        points.sum(NAMES.statistic, statistics.point(name, ifindex, statistic, number, time));
      // In Mbit/s; -1 where the driver does not know.
      else if (file === 'speed' && number > 0) points.gauge(NAMES.speed, nameOf(name), time, number * 1e6);
    }
  };

  const takeInterrupts = (table: CpuTable, time: UnixTime): void => {
    const seconds = interruptsTime === undefined ? 0 : secondsBetween(interruptsTime, time);
    interruptsTime = time;
    for (const known of interfaces.values()) {
      const irqs = known.irqs.length > 0 ? known.irqs : irqsByName(known.name, table);
      sayWhatIsKnown(known, irqs);
      addQueues(known, time);
      if (irqs.length === 0) continue;
      const added = known.irqCounts.take(table, new Set(irqs.map(({ number }) => number)));
      addInterrupts(known, irqs, table, time);
      addSpread(known, added, seconds, allowedCpus(irqs, online), time);
    }
  };

  const addQueues = ({ name, rps, xps }: Interface, time: UnixTime): void => {
    const attributes = nameOf(name);
    points.gauge(NAMES.queues, { ...attributes, 'network.io.direction': 'receive' }, time, rps.length);
    points.gauge(NAMES.queues, { ...attributes, 'network.io.direction': 'transmit' }, time, xps.length);
    points.gauge(NAMES.rpsQueues, attributes, time, rps.filter(({ size }) => size > 0).length);
    points.gauge(NAMES.rpsCpus, attributes, time, unionSize(rps));
    points.gauge(NAMES.xpsQueues, attributes, time, xps.filter(({ size }) => size > 0).length);
    points.gauge(NAMES.xpsCpus, attributes, time, unionSize(xps));
  };

  const addInterrupts = (known: Known, irqs: readonly Irq[], table: CpuTable, time: UnixTime): void => {
    const { totals } = known.irqCounts;
    const { startTime } = totals;
    for (const [cpu, value] of totals.cpus) {
      const attributes = { ...nameOf(known.name), 'cpu.logical_number': cpu };
      points.sum(NAMES.interrupts, { attributes, startTime, time, value });
    }
    const actions = new Map(table.rows.map(({ label, rest }) => [label, actionOf(rest)]));
    for (const { number, affinity, effectiveAffinity } of irqs) {
      const value = totals.irqs.get(number);
      if (value === undefined) continue;
      const queue = {
        ...nameOf(known.name),
        'lagpipe.nic.irq': number,
        'lagpipe.nic.queue': actions.get(number) ?? '',
      };
      points.sum(NAMES.queueInterrupts, { attributes: queue, startTime, time, value });
      const affinities = {
        ...(affinity !== '' && { 'lagpipe.nic.irq.affinity': affinity }),
        ...(effectiveAffinity !== '' && { 'lagpipe.nic.irq.effective_affinity': effectiveAffinity }),
      };
      points.gauge(NAMES.irqInfo, { ...queue, ...affinities }, time, 1);
    }
  };

  const addSpread = (
    known: Interface,
    added: ReadonlyMap<number, number>,
    seconds: number,
    cpus: number,
    time: UnixTime,
  ): void => {
    const spread = spreadOf(added, seconds, known.rps.length, cpus);
    if (spread === undefined) return;
    const attributes = nameOf(known.name);
    points.gauge(NAMES.spreadScore, attributes, time, spread.score);
    points.gauge(NAMES.spreadMaxShare, attributes, time, spread.maxShare);
    points.gauge(NAMES.spreadBusiestCpu, attributes, time, spread.busiestCpu);
    points.gauge(NAMES.spreadExpected, attributes, time, spread.expected);
    points.gauge(NAMES.spreadRate, attributes, time, spread.perSecond);
  };

  const sayThatItIsMissing = (name: string): void => {
    const detail = `there is no /sys/class/net/${name} now`;
    if (said.get(name) === detail) return;
    said.set(name, detail);
    const remedy =
      '`ls /sys/class/net` shows the names; in a network namespace, /sys shows that in which it was mounted';
    context.report({ part: `queues of ${name}`, state: 'degraded', detail, remedy });
  };

  const sayWhatIsKnown = ({ name, rps, xps }: Interface, irqs: readonly Irq[]): void => {
    const queues = `${rps.length} receive and ${xps.length} send queues`;
    const detail =
      irqs.length > 0
        ? `${queues}, ${irqs.length} IRQs`
        : `${queues}; no IRQ is known to be its own, so its interrupts and their spread are absent: the source proc has those of all devices`;
    if (said.get(name) === detail) return;
    said.set(name, detail);
    context.report({ part: `queues of ${name}`, state: irqs.length > 0 ? 'live' : 'degraded', detail });
  };

  return ({ name, time, bytes }) => {
    const text = () => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    switch (name) {
      case FILE_CHUNK.interfaces:
        takeInterfaces(text());
        return [];
      case FILE_CHUNK.inventory:
        takeInventory(text(), time);
        return [];
      case FILE_CHUNK.statistics:
        takeStatistics(text(), time);
        return [];
      case FILE_CHUNK.interrupts: {
        const table = parseInterrupts(bytes);
        if (table.malformed > 0) context.counters.dropped('malformed_line', table.malformed);
        takeInterrupts(table, time);
        return points.take();
      }
      default:
        context.counters.dropped('unknown_input', 1);
        return [] satisfies Batch[];
    }
  };
}

function nameOf(name: string): Attributes {
  return { 'network.interface.name': name };
}

/** Where sysfs names no IRQ: those whose action is the interface's name, alone or with a queue behind it. */
function irqsByName(name: string, table: CpuTable): readonly Irq[] {
  const isOwn = (action: string) => action === name || /^[-:@.]/.test(action.slice(name.length));
  return table.rows
    .filter(({ label, rest }) => {
      const action = actionOf(rest);
      return /^\d+$/.test(label) && action.startsWith(name) && isOwn(action);
    })
    .map(({ label }) => ({ number: label, affinity: '', effectiveAffinity: '' }));
}

/** `PCI-MSIX-0000:00:04.0   1-edge      eth0-TxRx-0` ends with the action, behind two blanks at least. */
function actionOf(rest: string): string {
  const words = rest.trimEnd();
  return words.slice(words.lastIndexOf('  ') + 1).trim();
}
