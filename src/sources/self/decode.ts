import type { ComponentContext, Decode } from '../../component.ts';
import type { Attributes } from '../../model/attributes.ts';
import type { Metric, NumberPoint } from '../../model/metric.ts';
import { telemetryMetrics } from '../../model/telemetry-metrics.ts';
import type { UnixTime } from '../../model/time.ts';
import { parseReading } from './parse-reading.ts';
import type { ProcessReading } from './reading.ts';

/** One chunk of JSON to one batch. */
export function selfDecoder({ resource, scope, counters }: ComponentContext): Decode {
  return ({ bytes, time }) => {
    const reading = parseReading(bytes);
    if (!reading) {
      counters.dropped('malformed_reading', 1);
      return [];
    }
    const metrics: readonly Metric[] = [
      ...telemetryMetrics(reading, reading.startTime, time),
      ...processMetrics(reading.process, time),
    ];
    return [{ kind: 'metrics', resource, scope, metrics }];
  };
}

function processMetrics(reading: ProcessReading, time: UnixTime): readonly Metric[] {
  const { startTime } = reading;
  const point = (attributes: Attributes, value: number): NumberPoint => ({
    attributes,
    startTime,
    time,
    value,
  });
  const sum = { kind: 'sum', temporality: 'cumulative' } as const;
  return [
    {
      ...sum,
      monotonic: true,
      name: 'process.cpu.time',
      unit: 's',
      description: 'CPU time of the agent, without its eBPF loader',
      points: [
        point({ 'cpu.mode': 'user' }, reading.userSeconds),
        point({ 'cpu.mode': 'system' }, reading.systemSeconds),
      ],
    },
    {
      ...sum,
      monotonic: false,
      name: 'process.memory.usage',
      unit: 'By',
      description: 'resident memory of the agent, without its eBPF loader',
      points: [point({}, reading.residentBytes)],
    },
    {
      ...sum,
      monotonic: true,
      name: 'nodejs.eventloop.time',
      unit: 's',
      description: "time in which the agent's event loop worked and waited",
      points: [
        point({ 'nodejs.eventloop.state': 'active' }, reading.loopActiveSeconds),
        point({ 'nodejs.eventloop.state': 'idle' }, reading.loopIdleSeconds),
      ],
    },
  ];
}
