import type { ComponentContext, Decode } from '../../component.ts';
import type { Attributes } from '../../model/attributes.ts';
import { counter, type Emits, metricOf, text, upDownCounter } from '../../model/emits.ts';
import type { Metric, NumberPoint } from '../../model/metric.ts';
import { TELEMETRY_METRICS, telemetryMetrics } from '../../model/telemetry-metrics.ts';
import type { UnixTime } from '../../model/time.ts';
import { parseReading } from './parse-reading.ts';
import type { ProcessReading } from './reading.ts';

const CPU_TIME = counter({
  name: 'process.cpu.time',
  unit: 's',
  description: 'CPU time of the agent, without its eBPF loader',
  attributes: [text('cpu.mode', 'what the CPU did: `user` or `system`')],
});

const MEMORY = upDownCounter({
  name: 'process.memory.usage',
  unit: 'By',
  description: 'resident memory of the agent, without its eBPF loader',
});

const LOOP_TIME = counter({
  name: 'nodejs.eventloop.time',
  unit: 's',
  description: "time in which the agent's event loop worked and waited",
  attributes: [text('nodejs.eventloop.state', '`active` or `idle`')],
});

export const SELF_EMITS: Emits = {
  metrics: [...TELEMETRY_METRICS, CPU_TIME, MEMORY, LOOP_TIME],
  events: [],
};

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
  return [
    metricOf(CPU_TIME, [
      point({ 'cpu.mode': 'user' }, reading.userSeconds),
      point({ 'cpu.mode': 'system' }, reading.systemSeconds),
    ]),
    metricOf(MEMORY, [point({}, reading.residentBytes)]),
    metricOf(LOOP_TIME, [
      point({ 'nodejs.eventloop.state': 'active' }, reading.loopActiveSeconds),
      point({ 'nodejs.eventloop.state': 'idle' }, reading.loopIdleSeconds),
    ]),
  ];
}
