import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Batch, eventAt, eventBatchOf, type MetricBatch } from './batch.ts';
import { jsonLines } from './json-lines.ts';
import type { Metric } from './metric.ts';
import { formatRfc3339, type UnixTime } from './time.ts';

const scope = { name: 'test', version: '0' };
const resource = { attributes: { 'host.name': 'alpha "quoted"\n' } };
const NOON: UnixTime = [1_795_262_400, 5];

function parsed(batch: Batch): Record<string, unknown>[] {
  const text = jsonLines(batch);
  if (text === '') return [];
  assert.ok(text.endsWith('\n'));
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line));
}

function metricsOf(...metrics: Metric[]): MetricBatch {
  return { kind: 'metrics', resource, scope, metrics };
}

/** A value as JSON can carry it. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe('jsonLines: fixed cases', () => {
  it('writes the keys of an event in the order of the contract', () => {
    const batch = eventBatchOf({ resource, scope, name: 'tcp.connect', severityNumber: 9 }, [
      { time: NOON, attributes: { 'lagpipe.tcp.outcome': 'refused', 'process.pid': 7 } },
    ]);
    assert.equal(
      jsonLines(batch),
      '{"time":"2026-11-21T12:00:00.000000005Z","event":"tcp.connect",' +
        '"attributes":{"lagpipe.tcp.outcome":"refused","process.pid":7},' +
        '"resource":{"host.name":"alpha \\"quoted\\"\\n"}}\n',
    );
  });

  it('writes a histogram point with the fields of OTLP, and no min or max when there is none', () => {
    const point = { attributes: {}, time: NOON, startTime: NOON, count: 3, sum: 0.5 };
    const [exponential, explicit] = parsed(
      metricsOf(
        {
          kind: 'exponential_histogram',
          temporality: 'delta',
          name: 'a',
          unit: 's',
          description: '',
          points: [{ ...point, scale: 3, zeroCount: 1, positive: { offset: -80, bucketCounts: [2] } }],
        },
        {
          kind: 'histogram',
          temporality: 'cumulative',
          name: 'b',
          unit: 's',
          description: '',
          points: [{ ...point, min: 0.1, max: 0.3, explicitBounds: [0.2], bucketCounts: [1, 2] }],
        },
      ),
    );
    assert.deepEqual(exponential.value, {
      count: 3,
      sum: 0.5,
      scale: 3,
      zeroCount: 1,
      positive: { offset: -80, bucketCounts: [2] },
    });
    assert.deepEqual(explicit.value, {
      count: 3,
      sum: 0.5,
      min: 0.1,
      max: 0.3,
      explicitBounds: [0.2],
      bucketCounts: [1, 2],
    });
    assert.equal(exponential.temporality, 'delta');
    assert.equal(exponential.start_time, '2026-11-21T12:00:00.000000005Z');
  });

  it('writes null for what JSON cannot say', () => {
    const points = [Number.NaN, Number.POSITIVE_INFINITY].map((value) => ({
      attributes: {},
      time: NOON,
      value,
    }));
    const lines = parsed(metricsOf({ kind: 'gauge', name: 'g', unit: '1', description: '', points }));
    assert.deepEqual(
      lines.map((line) => line.value),
      [null, null],
    );
  });

  it('gives an attribute named as what every object has to the events that have it', () => {
    const named = Object.fromEntries([['toString', 1]]);
    const events = [{}, named].map((attributes) => ({ time: NOON, attributes }));
    const lines = parsed(eventBatchOf({ resource, scope, name: 'e', severityNumber: 9 }, events));
    assert.deepEqual(
      lines.map((line) => line.attributes),
      [{}, named],
    );
  });

  it('writes nothing for a batch without records', () => {
    assert.equal(jsonLines(metricsOf()), '');
    assert.equal(jsonLines(eventBatchOf({ resource, scope, name: 'e', severityNumber: 9 }, [])), '');
  });
});

const time = fc.tuple(
  fc.integer({ min: 0, max: 4_000_000_000 }),
  fc.integer({ min: 0, max: 999_999_999 }),
) as fc.Arbitrary<UnixTime>;
// An object literal cannot hold `__proto__` as a plain attribute.
const attributeName = fc.string().filter((name) => name !== '__proto__');
const attributeValue = fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.integer());
const attributes = fc.dictionary(attributeName, attributeValue, { maxKeys: 5 });

describe('jsonLines: any batch', () => {
  it('gives every event back as it was', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ time, attributes }), { maxLength: 20 }),
        fc.string(),
        (events, name) => {
          const batch = eventBatchOf({ resource, scope, name, severityNumber: 9 }, events);
          const expected = events.map((event, index) => ({
            time: formatRfc3339(event.time),
            event: name,
            attributes: eventAt(batch, index).attributes,
            resource: resource.attributes,
          }));
          assert.deepEqual(parsed(batch), asJson(expected));
        },
      ),
    );
  });

  it('gives every data point back as it was', () => {
    const point = fc.record({ time, attributes, value: fc.double() });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 20 }), fc.string(), (points, name) => {
        const lines = parsed(
          metricsOf({
            kind: 'sum',
            name,
            unit: 'By',
            description: '',
            temporality: 'delta',
            monotonic: true,
            points,
          }),
        );
        const expected = points.map((each) => ({
          time: formatRfc3339(each.time),
          metric: name,
          unit: 'By',
          type: 'sum',
          attributes: each.attributes,
          resource: resource.attributes,
          value: each.value,
          temporality: 'delta',
        }));
        assert.deepEqual(lines, asJson(expected));
      }),
    );
  });
});
