import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Attributes } from '../../src/model/attributes.ts';
import { type EventBatch, eventAt, eventBatchOf, type MetricBatch } from '../../src/model/batch.ts';
import type { Metric, NumberPoint } from '../../src/model/metric.ts';
import type { UnixTime } from '../../src/model/time.ts';
import { createEncoder } from '../../src/sinks/otlp/encoder.ts';
import { decodeEvents, decodeMetrics } from './otlp-decode.ts';

const encoder = createEncoder();

const resource = { attributes: { 'host.name': 'alpha', 'process.pid': 7, 'lagpipe.test': true } };
const scope = { name: 'lagpipe/test', version: '1.2.3' };
const LATE: UnixTime = [4_294_967_295, 999_999_999];

const time = fc.tuple(
  fc.integer({ min: 1, max: LATE[0] }),
  fc.integer({ min: 0, max: LATE[1] }),
) as fc.Arbitrary<UnixTime>;
const attributeName = fc.string({ unit: 'grapheme' }).filter((name) => name !== '__proto__');
// Whole numbers beyond 2^53 are rounded by the number itself; negative zero is the integer 0 as an attribute.
const attributeNumber = fc.oneof(fc.maxSafeInteger(), fc.double({ noInteger: true }));
const attributeValue = fc.oneof(fc.string({ unit: 'grapheme' }), attributeNumber, fc.boolean());
const attributes: fc.Arbitrary<Attributes> = fc
  .dictionary(attributeName, attributeValue, { maxKeys: 4 })
  .map((entries) => ({ ...entries }));
const count = fc.maxSafeInteger().map(Math.abs);
const counts = fc.array(count, { maxLength: 40 });
const head = { description: fc.string(), name: fc.string({ minLength: 1 }) };
const temporality = fc.constantFrom('delta' as const, 'cumulative' as const);
const span = { attributes, startTime: time, time };
const statistics = { count, sum: fc.double() };
const extremes = fc.oneof(
  fc.constant({}),
  fc.record({ min: fc.double({ noNaN: true }), max: fc.double({ noNaN: true }) }),
);
const numberPoints = fc.array(fc.record({ ...span, value: fc.double() }), { minLength: 1, maxLength: 6 });
const histogramPoint = fc
  .tuple(
    fc.record({
      ...span,
      ...statistics,
      explicitBounds: fc.array(fc.double({ noNaN: true }), { maxLength: 12 }),
      bucketCounts: counts,
    }),
    extremes,
  )
  .map(([point, minAndMax]) => ({ ...point, ...minAndMax }));
const exponentialPoint = fc
  .tuple(
    fc.record({
      ...span,
      ...statistics,
      scale: fc.integer({ min: -10, max: 20 }),
      zeroCount: count,
      positive: fc.record({
        offset: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        bucketCounts: counts,
      }),
    }),
    extremes,
  )
  .map(([point, minAndMax]) => ({ ...point, ...minAndMax }));

const metric: fc.Arbitrary<Metric> = fc.oneof(
  fc.record({ kind: fc.constant('gauge' as const), ...head, unit: fc.constant('s'), points: numberPoints }),
  fc.record({
    kind: fc.constant('sum' as const),
    ...head,
    unit: fc.constantFrom('s', '1', '%', '{packet}/s'),
    temporality,
    monotonic: fc.boolean(),
    points: numberPoints,
  }),
  fc.record({
    kind: fc.constant('histogram' as const),
    ...head,
    unit: fc.constant('s'),
    temporality,
    points: fc.array(histogramPoint, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('exponential_histogram' as const),
    ...head,
    unit: fc.constant('s'),
    temporality,
    points: fc.array(exponentialPoint, { minLength: 1, maxLength: 4 }),
  }),
);

function batchOf(...metrics: Metric[]): MetricBatch {
  return { kind: 'metrics', resource, scope, metrics };
}

function throughWire(batch: MetricBatch) {
  const [received, ...others] = decodeMetrics(encoder.encode(batch));
  assert.equal(others.length, 0);
  return received;
}

/** Without the null prototypes that generated dictionaries have, which deepEqual would tell apart. */
function plain<T>(value: T): T {
  return structuredClone(value);
}

describe('OTLP metrics on the wire', () => {
  it('are what they were: every bucket, value, bit of a double and nanosecond', () => {
    fc.assert(
      fc.property(fc.array(metric, { minLength: 1, maxLength: 4 }), (metrics) => {
        const received = throughWire(batchOf(...metrics));
        assert.deepEqual(received.metrics, plain(metrics));
        assert.deepEqual(received.resource, resource.attributes);
        assert.deepEqual(received.scope, scope);
      }),
      { numRuns: 300 },
    );
  });

  const sumOf = (unit: string, ...values: number[]): Metric => ({
    kind: 'sum',
    name: 'm',
    description: '',
    unit,
    temporality: 'cumulative',
    monotonic: true,
    points: values.map((value): NumberPoint => ({ attributes: {}, startTime: LATE, time: LATE, value })),
  });

  it('count things in integers and everything else in doubles, whatever the values happen to be', () => {
    const isInteger = (unit: string, ...values: number[]) =>
      throughWire(batchOf(sumOf(unit, ...values))).integers.has('m');
    assert.ok(isInteger('{packet}', 0, 12, 2 ** 53 - 1));
    assert.ok(isInteger('By', -4096));
    assert.ok(!isInteger('s', 1, 2), 'whole seconds stay doubles');
    assert.ok(!isInteger('1', 1));
    assert.ok(!isInteger('{packet}/s', 3), 'a rate is no count');
    assert.ok(!isInteger('{packet}', 1, 1.5), 'an average of counts');
    assert.ok(!isInteger('{packet}', 2 ** 53));
    assert.ok(!isInteger('{packet}', Number.NaN));
  });

  it('keep integers exact, negative ones too', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger(), { minLength: 1 }), (values) => {
        const [metric] = throughWire(batchOf(sumOf('{packet}', ...values))).metrics;
        // As an integer, negative zero is zero.
        assert.deepEqual(
          metric.points.map((point) => (point as NumberPoint).value),
          values.map((value) => value + 0),
        );
      }),
    );
  });

  it('keep negative zero, NaN and the infinities in doubles', () => {
    const values = [-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324];
    const [metric] = throughWire(batchOf(sumOf('s', ...values))).metrics;
    assert.deepEqual(
      metric.points.map((point) => (point as NumberPoint).value),
      values,
    );
  });

  it('leave the start of a gauge unset, and metrics without points out', () => {
    const gauge: Metric = {
      kind: 'gauge',
      name: 'g',
      unit: '1',
      description: '',
      points: [{ attributes: {}, time: LATE, value: 1 }],
    };
    assert.deepEqual(throughWire(batchOf(sumOf('s'), gauge)).metrics, [gauge]);
  });
});

describe('OTLP logs on the wire', () => {
  it('are the events as they were', () => {
    const attribute = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1 }), attributeNumber);
    const event = fc.record({
      time,
      attributes: fc.dictionary(attributeName, attribute, { maxKeys: 4 }),
    });
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 24 }),
        (events, severity) => {
          const batch: EventBatch = eventBatchOf(
            { resource, scope, name: 'tcp.connect', severityNumber: severity },
            events,
          );
          const [received] = decodeEvents(encoder.encode(batch));
          const expected = events.map((_, index) => ({ ...eventAt(batch, index), severityNumber: severity }));
          assert.deepEqual(received.events, expected);
          assert.deepEqual(received.resource, resource.attributes);
          assert.deepEqual(received.scope, scope);
        },
      ),
    );
  });
});
