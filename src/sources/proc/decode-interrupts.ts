import { type CpuTableRow, cpuTableParser } from '../../lib/parse-cpu-table.ts';
import type { Attributes } from '../../model/attributes.ts';
import { CPU } from '../../model/common-attributes.ts';
import { CounterSeries } from '../../model/counter-series.ts';
import { counter, metricOf, text, withPoints } from '../../model/emits.ts';
import type { NumberPoint } from '../../model/metric.ts';
import type { DecodeFile } from './decoded.ts';

export const INTERRUPTS = counter({
  name: 'lagpipe.interrupts',
  unit: '{interrupt}',
  description: 'interrupts handled, by CPU and line',
  attributes: [
    CPU,
    text('lagpipe.interrupt.irq', 'the line: a number, or a name such as `LOC`'),
    text('lagpipe.interrupt.name', "the device's queue, or what the line counts"),
    text('lagpipe.interrupt.chip', 'the interrupt controller'),
  ],
});

/** The rows that count for the whole host, also where that has a single CPU. */
const WHOLE_HOST: ReadonlySet<string> = new Set(['ERR', 'MIS']);

interface Line {
  readonly attributes: Attributes;
  /** By CPU; `undefined` is the whole host. A CPU that is offline for a while comes back with its old count. */
  readonly series: Map<number | undefined, CounterSeries>;
}

/**
 * `interrupts`: a point for every pair of line and CPU that ever counted. A line that is gone, or that belongs to
 * another device than before, starts anew when it comes.
 */
export function interruptsDecoder(): DecodeFile {
  const parse = cpuTableParser();
  let lines: ReadonlyMap<string, Line> = new Map();
  return (bytes, time) => {
    const { cpus, rows, malformed } = parse(bytes);
    const points: NumberPoint[] = [];
    const next = new Map<string, Line>();
    for (const row of rows) {
      const key = `${row.label} ${row.rest}`;
      const line = lines.get(key) ?? { attributes: attributesOf(row), series: new Map() };
      next.set(key, line);
      const isPerCpu = row.counts.length === cpus.length && !WHOLE_HOST.has(row.label);
      row.counts.forEach((count, column) => {
        const series = seriesOf(line, isPerCpu ? cpus[column] : undefined, count);
        if (series) points.push(series.point(count, time));
      });
    }
    lines = next;
    return { metrics: withPoints([metricOf(INTERRUPTS, points)]), malformed };
  };
}

function seriesOf(
  { attributes, series }: Line,
  cpu: number | undefined,
  count: number,
): CounterSeries | undefined {
  let each = series.get(cpu);
  if (!each && count > 0) {
    each = new CounterSeries(
      cpu === undefined ? attributes : { 'cpu.logical_number': cpu, ...attributes },
      32,
    );
    series.set(cpu, each);
  }
  return each;
}

/**
 * A numbered line says chip, number and trigger, actions, with two blanks at least before the actions:
 * `PCI-MSIX-0000:00:04.0   1-edge      virtio3-rx`. Without an action it ends in blanks. A named line says in words
 * what it counts.
 */
function attributesOf({ label, rest }: CpuTableRow): Attributes {
  const words = rest.trimEnd();
  if (!/^\d+$/.test(label)) return irqAttributes(label, words, '');
  const [chip] = words.split(' ', 1);
  const actions = rest === words ? words.slice(words.lastIndexOf('  ') + 1).trim() : '';
  return irqAttributes(label, actions === words ? '' : actions, chip);
}

function irqAttributes(irq: string, name: string, chip: string): Attributes {
  return {
    'lagpipe.interrupt.irq': irq,
    ...(name !== '' && { 'lagpipe.interrupt.name': name }),
    ...(chip !== '' && { 'lagpipe.interrupt.chip': chip }),
  };
}
