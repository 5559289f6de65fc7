import { cpuTableParser } from '../../lib/parse-cpu-table.ts';
import { CPU } from '../../model/common-attributes.ts';
import { CounterSeries } from '../../model/counter-series.ts';
import { counter, metricOf, text, withPoints } from '../../model/emits.ts';
import type { NumberPoint } from '../../model/metric.ts';
import type { DecodeFile } from './decoded.ts';

export const SOFTIRQS = counter({
  name: 'lagpipe.softirqs',
  unit: '{softirq}',
  description: 'softirqs handled, by kind: net_rx receives packets, net_tx sends them',
  attributes: [CPU, text('lagpipe.softirq.type', 'the kind of softirq: `net_rx`, `net_tx`, `timer`, …')],
});

/** `softirqs`. The kernel lists every CPU that could ever be there; one that never handled any gives no point. */
export function softirqsDecoder(): DecodeFile {
  const parse = cpuTableParser();
  const kinds = new Map<string, Map<number, CounterSeries>>();
  return (bytes, time) => {
    const { cpus, rows, malformed } = parse(bytes);
    const points: NumberPoint[] = [];
    for (const { label, counts } of rows) {
      let series = kinds.get(label);
      if (!series) {
        series = new Map();
        kinds.set(label, series);
      }
      for (let column = 0; column < counts.length; column++) {
        const cpu = cpus[column];
        let each = series.get(cpu);
        if (!each) {
          if (counts[column] === 0) continue;
          each = new CounterSeries(
            { 'cpu.logical_number': cpu, 'lagpipe.softirq.type': label.toLowerCase() },
            32,
          );
          series.set(cpu, each);
        }
        points.push(each.point(counts[column], time));
      }
    }
    return { metrics: withPoints([metricOf(SOFTIRQS, points)]), malformed };
  };
}
