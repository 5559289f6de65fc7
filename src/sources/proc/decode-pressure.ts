import type { Attributes } from '../../model/attributes.ts';
import { CounterSeries } from '../../model/counter-series.ts';
import { counter, gauge, metricOf, text, withPoints } from '../../model/emits.ts';
import type { NumberPoint } from '../../model/metric.ts';
import type { DecodeFile } from './decoded.ts';
import { parsePressure } from './parse-pressure.ts';

const MICROS_PER_SECOND = 1e6;

const OF_RESOURCE = [
  text('lagpipe.pressure.resource', 'what was waited for: `cpu`, `memory`, `io`, `irq`'),
  text('lagpipe.pressure.kind', 'who waited: `some` of the tasks, or all (`full`)'),
];

export const STALL_TIME = counter({
  name: 'lagpipe.pressure.stall_time',
  unit: 's',
  description: 'time in which some, or all, tasks waited for the resource',
  attributes: OF_RESOURCE,
});
export const AVERAGE = gauge({
  name: 'lagpipe.pressure.avg10',
  unit: '1',
  description: 'share of the last 10 seconds in which some, or all, tasks waited for the resource',
  attributes: OF_RESOURCE,
});

/** `pressure/<resource>`: whole-host stall times, also where the agent runs in a container. */
export function pressureDecoder(resource: string): DecodeFile {
  const attributesOf = (kind: string): Attributes => ({
    'lagpipe.pressure.resource': resource,
    'lagpipe.pressure.kind': kind,
  });
  const states = {
    some: { attributes: attributesOf('some'), series: new CounterSeries(attributesOf('some')) },
    full: { attributes: attributesOf('full'), series: new CounterSeries(attributesOf('full')) },
  };
  return (bytes, time) => {
    const { lines, malformed } = parsePressure(bytes);
    const stalls: NumberPoint[] = [];
    const averages: NumberPoint[] = [];
    for (const { kind, avg10Percent, totalMicros } of lines) {
      const { attributes, series } = states[kind];
      stalls.push(series.point(totalMicros, time, MICROS_PER_SECOND));
      averages.push({ attributes, time, value: avg10Percent / 100 });
    }
    return { metrics: withPoints([metricOf(STALL_TIME, stalls), metricOf(AVERAGE, averages)]), malformed };
  };
}
