import type { Attributes } from '../../model/attributes.ts';
import { CounterSeries } from '../../model/counter-series.ts';
import type { NumberPoint } from '../../model/metric.ts';
import { gaugeOf, type MetricName, sumOf, withPoints } from '../../model/metric-of.ts';
import type { DecodeFile } from './decoded.ts';
import { parsePressure } from './parse-pressure.ts';

const MICROS_PER_SECOND = 1e6;

const STALL_TIME: MetricName = {
  name: 'lagpipe.pressure.stall_time',
  unit: 's',
  description: 'time in which some, or all, tasks waited for the resource',
};
const AVERAGE: MetricName = {
  name: 'lagpipe.pressure.avg10',
  unit: '1',
  description: 'share of the last 10 seconds in which some, or all, tasks waited for the resource',
};

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
    return { metrics: withPoints([sumOf(STALL_TIME, stalls), gaugeOf(AVERAGE, averages)]), malformed };
  };
}
