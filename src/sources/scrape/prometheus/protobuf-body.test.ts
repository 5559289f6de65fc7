import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ExponentialHistogramPoint, HistogramPoint, Metric } from '../../../model/metric.ts';
import { Target } from './target.ts';

const FIXTURES = join(import.meta.dirname, '../../../../test/fixtures/prometheus');

function target() {
  return new Target({ filter: { keep: [], drop: [], rename: {} }, maxSeries: 10_000, maxLabelLength: 1000 });
}

const varint = (value: number | bigint): Buffer => {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
};
const zigzag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value);
const integer = (field: number, value: number) => Buffer.concat([varint(field * 8), varint(value)]);
const signed = (field: number, value: number) => integer(field, zigzag(value));
const message = (field: number, ...parts: readonly (Buffer | string)[]) => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
};
const double = (field: number, value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(field * 8 + 1), bytes]);
};
const label = (name: string, value: string) => message(1, message(1, name), message(2, value));
const packed = (field: number, ...values: readonly number[]) =>
  message(field, ...values.map((value) => varint(zigzag(value))));
const family = (name: string, type: number, ...metrics: readonly Buffer[]) => {
  const body = Buffer.concat([message(1, name), message(2, 'its help'), integer(3, type), ...metrics]);
  return Buffer.concat([varint(body.length), body]);
};
const COUNTER = 0;
const HISTOGRAM = 4;
const span = (field: number, gap: number, length: number) =>
  message(field, signed(1, gap), integer(2, length));

/** A native histogram of schema 3 with the worked example of `readNativeHistogram`. */
const native = (...more: readonly Buffer[]) =>
  family(
    'h',
    HISTOGRAM,
    message(
      4,
      label('path', '/a"b\\é'),
      message(
        7,
        integer(1, 11),
        double(2, 2.5),
        signed(5, 3),
        double(6, 1e-9),
        integer(7, 2),
        span(12, 1, 2),
        span(12, 1, 1),
        packed(13, 3, 1, -2),
        ...more,
      ),
    ),
  );

const seriesOf = (metrics: readonly Metric[]) =>
  metrics
    .flatMap(({ name, kind, unit, description, points }) =>
      points.map(({ attributes }) =>
        JSON.stringify([name, kind, unit, description, Object.entries(attributes).sort()]),
      ),
    )
    .sort();

describe('protobuf body', () => {
  it('brings the same series as the text of the same exporter', () => {
    const text = target().read(readFileSync(join(FIXTURES, 'node_exporter.txt')), 'text', [1, 0]);
    const protobuf = target().read(readFileSync(join(FIXTURES, 'node_exporter.pb')), 'protobuf', [1, 0]);
    assert.deepEqual(seriesOf(protobuf.metrics), seriesOf(text.metrics));
    assert.equal(protobuf.samples, text.samples);
    assert.deepEqual([...protobuf.dropped], []);
  });

  it('brings a native histogram as an exponential one', () => {
    const { metrics, dropped } = target().read(native(message(15, integer(1, 990))), 'protobuf', [1000, 0]);
    assert.deepEqual([...dropped], []);
    assert.deepEqual(
      [metrics[0].kind, metrics[0].name, metrics[0].description],
      ['exponential_histogram', 'h', 'its help'],
    );
    const expected: ExponentialHistogramPoint = {
      attributes: { path: '/a"b\\é' },
      startTime: [990, 0],
      time: [1000, 0],
      count: 11,
      sum: 2.5,
      scale: 3,
      zeroCount: 2,
      positive: { offset: 0, bucketCounts: [3, 4, 0, 2] },
    };
    assert.deepEqual(metrics[0].points, [expected]);
  });

  it('prefers native buckets to the classic ones beside them, and begins anew when they fall', () => {
    const classic = message(3, integer(1, 11), double(2, Number.POSITIVE_INFINITY));
    const each = target();
    each.read(native(classic), 'protobuf', [1000, 0]);
    const fallen = native(integer(1, 10), classic);
    const { metrics } = each.read(fallen, 'protobuf', [1010, 0]);
    assert.deepEqual(
      metrics.map(({ kind }) => kind),
      ['exponential_histogram'],
    );
    assert.deepEqual(metrics[0].points[0].startTime, [1000, 0]);
  });

  it('brings classic histograms, counters with their start, and summaries', () => {
    const body = Buffer.concat([
      family(
        'c_total',
        COUNTER,
        message(4, message(3, double(1, 5), message(3, integer(1, 900), integer(2, 500_000_000)))),
      ),
      family(
        'k',
        HISTOGRAM,
        message(
          4,
          message(
            7,
            integer(1, 9),
            double(2, 12),
            message(3, integer(1, 4), double(2, 0.5)),
            message(3, integer(1, 9), double(2, Number.POSITIVE_INFINITY)),
          ),
        ),
      ),
      family(
        's',
        2,
        message(4, message(4, integer(1, 3), double(2, 7), message(3, double(1, 0.5), double(2, 2)))),
      ),
    ]);
    const { metrics, dropped } = target().read(body, 'protobuf', [1000, 0]);
    assert.deepEqual([...dropped], []);
    const [counter, histogram] = metrics;
    assert.deepEqual(counter.points, [
      { attributes: {}, startTime: [900, 500_000_000], time: [1000, 0], value: 5 },
    ]);
    const point = histogram.points[0] as HistogramPoint;
    assert.deepEqual([point.explicitBounds, point.bucketCounts, point.sum], [[0.5], [4, 5], 12]);
    assert.deepEqual(
      metrics.map(({ name, kind }) => [name, kind]),
      [
        ['c_total', 'sum'],
        ['k', 'histogram'],
        ['s_count', 'sum'],
        ['s_sum', 'sum'],
        ['s', 'gauge'],
      ],
    );
    assert.deepEqual(metrics[4].points[0].attributes, { quantile: 0.5 });
  });

  for (const [what, ...more] of [
    ['values below 0', span(9, 0, 1), packed(10, 1)],
    ['bounds of its own', signed(5, -53)],
    ['counts that are not whole', double(4, 1.5)],
    ['more differences than buckets', packed(13, 1)],
    ['a count below 0', span(12, 0, 1), packed(13, -9)],
    ['a gap that would fill the memory', span(12, 2 ** 30, 1), packed(13, 0)],
  ] as const) {
    it(`counts a native histogram with ${what}`, () => {
      const { metrics, samples, dropped } = target().read(native(...more), 'protobuf', [1000, 0]);
      assert.deepEqual([metrics, samples, [...dropped]], [[], 1, [['unsupported_histogram', 1]]]);
    });
  }

  it('keeps what came before the bytes that are no message', () => {
    const body = Buffer.concat([native(), native().subarray(0, 20)]);
    const { metrics, dropped } = target().read(body, 'protobuf', [1000, 0]);
    assert.equal(metrics.length, 1);
    assert.deepEqual([...dropped], [['malformed_body', 1]]);
  });

  it('never throws, whatever happened to the bytes', () => {
    const whole = Buffer.concat([
      native(),
      readFileSync(join(FIXTURES, 'node_exporter.pb')).subarray(0, 4000),
    ]);
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), fc.nat(whole.length), (changes, length) => {
        const bytes = Buffer.from(whole.subarray(0, length));
        for (const [at, byte] of changes) if (at < length) bytes[at] = byte;
        const { metrics, samples } = target().read(bytes, 'protobuf', [1, 0]);
        const points = metrics.reduce((sum, metric) => sum + metric.points.length, 0);
        assert.ok(points <= samples);
      }),
    );
  });
});
