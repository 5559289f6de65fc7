import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Batch, eventAt, eventBatchOf, type MetricBatch, recordsIn } from '../../model/batch.ts';
import { requestsOf } from './requests.ts';

const head = { resource: { attributes: {} }, scope: { name: 'test', version: '0' } };
const time = [1_795_262_400, 0] as const;

/** Sizes of the metrics, in points numbered through. */
function metricsOf(sizes: readonly number[]): MetricBatch {
  let next = 0;
  const metrics = sizes.map((size, index) => ({
    kind: 'gauge' as const,
    name: `m${index}`,
    unit: '1',
    description: '',
    points: Array.from({ length: size }, () => ({ attributes: {}, time, value: next++ })),
  }));
  return { kind: 'metrics', ...head, metrics };
}

function numbersIn(batch: Batch): number[] {
  if (batch.kind === 'metrics') {
    return batch.metrics.flatMap((metric) =>
      metric.points.map((point) => ('value' in point ? point.value : -1)),
    );
  }
  return Array.from({ length: batch.length }, (_, index) => Number(eventAt(batch, index).attributes.number));
}

/** An encoding of 10 bytes a record, so that limits are easy to see. */
function encoding() {
  const encoded: Batch[] = [];
  const encode = (batch: Batch) => {
    encoded.push(batch);
    return new Uint8Array(recordsIn(batch) * 10);
  };
  return { encoded, encode };
}

test('every record is in exactly one request, in order, and no request is too large', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 6 }),
      fc.integer({ min: 10, max: 500 }),
      fc.boolean(),
      (sizes, maxBytes, asEvents) => {
        const metrics = metricsOf(sizes);
        const total = recordsIn(metrics);
        const events = Array.from({ length: total }, (_, number) => ({ time, attributes: { number } }));
        const batch = asEvents ? eventBatchOf({ ...head, name: 'e', severityNumber: 9 }, events) : metrics;
        const { encoded, encode } = encoding();
        const sent: number[] = [];
        for (const { signal, records, bytes } of requestsOf(batch, encode, maxBytes)) {
          assert.equal(signal, asEvents ? 'LOGS' : 'METRICS');
          assert.ok(bytes !== undefined && bytes.length <= maxBytes && bytes.length === records * 10);
          sent.push(...numbersIn(encoded.at(-1)!));
        }
        assert.deepEqual(
          sent,
          Array.from({ length: total }, (_, number) => number),
        );
      },
    ),
  );
});

test('a batch that fits is encoded once and as it is', () => {
  const batch = metricsOf([3, 4]);
  const { encoded, encode } = encoding();
  assert.equal([...requestsOf(batch, encode)].length, 1);
  assert.equal(encoded.length, 1);
  assert.equal(encoded[0], batch);
});

test('more than 8,000 records are several requests', () => {
  const { encode } = encoding();
  const records = Array.from(requestsOf(metricsOf([7_000, 9_001]), encode), (request) => request.records);
  assert.deepEqual(records, [8_000, 8_000, 1]);
});

test('a record that is too large by itself has no bytes', () => {
  const { encode } = encoding();
  assert.deepEqual(
    [...requestsOf(metricsOf([2]), encode, 9)],
    [
      { signal: 'METRICS', records: 1, bytes: undefined },
      { signal: 'METRICS', records: 1, bytes: undefined },
    ],
  );
});
