import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BehaviorSubject, Subject, VirtualTimeScheduler } from 'rxjs';
import { testContext } from '../../../test/conformance/context.ts';
import type { Chunk } from '../../component.ts';
import type { Attributes } from '../../model/attributes.ts';
import type { Metric, NumberPoint } from '../../model/metric.ts';
import type { TelemetrySnapshot } from '../../model/telemetry.ts';
import { acquireSelf } from './acquire.ts';
import { selfDecoder } from './decode.ts';
import { self } from './index.ts';

const NOTHING = {
  in: 0,
  out: 0,
  created: 0,
  absorbed: 0,
  delivered: 0,
  queued: 0,
  rejected: {},
  dropped: {},
};
const SNAPSHOT: TelemetrySnapshot = {
  counts: [
    { ...NOTHING, kind: 'source', id: 'proc', pipeline: '', out: 12, dropped: { malformed_line: 2 } },
    {
      ...NOTHING,
      kind: 'processor',
      id: 'percentile',
      pipeline: 'main',
      in: 12,
      created: 4,
      out: 15,
      absorbed: 1,
    },
    {
      ...NOTHING,
      kind: 'sink',
      id: 'otlp/backup',
      pipeline: '',
      in: 15,
      delivered: 9,
      queued: 3,
      rejected: { unavailable: 1 },
      dropped: { queue_full: 2 },
    },
  ],
  statuses: [
    {
      kind: 'source',
      id: 'ebpf_stack_latency',
      part: 'ip-start',
      state: 'live',
      detail: 'attached',
      attributes: { 'lagpipe.attach': 'netfilter' },
    },
    { kind: 'source', id: 'proc', part: 'pressure/irq', state: 'degraded', detail: 'not there' },
    { kind: 'sink', id: 'otlp/backup', part: '', state: 'failed', detail: 'refused' },
  ],
};

/** Runs the source in virtual time until `untilMillis`; `at` happens meanwhile. */
function run(
  untilMillis: number,
  at: (
    stop$: Subject<void>,
    paused$: BehaviorSubject<boolean>,
  ) => Readonly<Record<number, () => void>> = () => ({}),
) {
  const scheduler = new VirtualTimeScheduler(undefined, untilMillis);
  const stop$ = new Subject<void>();
  const paused$ = new BehaviorSubject(false);
  const context = { ...testContext(self, { scheduler, stop$, paused$ }), telemetry: () => SNAPSHOT };
  const chunks: Chunk[] = [];
  let completed = false;
  const subscription = acquireSelf(1000, context).subscribe({
    next: (chunk) => chunks.push(chunk),
    complete: () => {
      completed = true;
    },
  });
  for (const [millis, act] of Object.entries(at(stop$, paused$))) scheduler.schedule(act, Number(millis));
  scheduler.flush();
  subscription.unsubscribe();
  return { chunks, completed, context };
}

function decoded(chunk: Chunk): readonly Metric[] {
  return selfDecoder(testContext(self))(chunk).flatMap((batch) =>
    batch.kind === 'metrics' ? batch.metrics : [],
  );
}

function pointsOf(metrics: readonly Metric[], name: string): readonly NumberPoint[] {
  const metric = metrics.find((each) => each.name === name);
  return metric?.kind === 'sum' || metric?.kind === 'gauge' ? metric.points : [];
}

function figures(points: readonly NumberPoint[], ...names: readonly string[]): readonly unknown[] {
  const picked = (attributes: Attributes) => names.flatMap((name) => attributes[name] ?? []);
  return points.map(({ attributes, value }) => [...picked(attributes), value]);
}

describe('self: acquire', () => {
  it('reads at once, every interval and when the agent stops', () => {
    const { chunks, completed } = run(10_000, (stop$) => ({ 1500: () => stop$.next() }));
    assert.deepEqual(
      chunks.map(({ time }) => time),
      [
        [0, 0],
        [1, 0],
        [1, 500_000_000],
      ],
    );
    assert.equal(completed, true);
  });

  it('skips ticks while it is paused and counts them', () => {
    const { chunks, context } = run(3500, (_stop$, paused$) => ({
      500: () => paused$.next(true),
      2500: () => paused$.next(false),
    }));
    assert.deepEqual(
      chunks.map(({ time }) => time[0]),
      [0, 3],
    );
    assert.deepEqual(context.counter.snapshot().dropped, { paused: 2 });
  });
});

describe('self: decode', () => {
  const metrics = decoded(run(500).chunks[0]);

  it('has every outcome that a kind of component knows, with the reason', () => {
    const points = pointsOf(metrics, 'lagpipe.component.records');
    assert.deepEqual(figures(points, 'lagpipe.component.id', 'lagpipe.component.outcome', 'lagpipe.reason'), [
      ['proc', 'out', 12],
      ['proc', 'dropped', 'malformed_line', 2],
      ['percentile', 'in', 12],
      ['percentile', 'created', 4],
      ['percentile', 'out', 15],
      ['percentile', 'absorbed', 1],
      ['otlp/backup', 'in', 15],
      ['otlp/backup', 'delivered', 9],
      ['otlp/backup', 'rejected', 'unavailable', 1],
      ['otlp/backup', 'dropped', 'queue_full', 2],
    ]);
    assert.equal(points[2].attributes['lagpipe.component.pipeline'], 'main');
    assert.equal('lagpipe.component.pipeline' in points[0].attributes, false);
    assert.deepEqual(
      [points[0].startTime, points[0].time],
      [
        [0, 0],
        [0, 0],
      ],
    );
  });

  it('has what waits in each sink', () => {
    assert.deepEqual(figures(pointsOf(metrics, 'lagpipe.component.queued'), 'lagpipe.component.id'), [
      ['otlp/backup', 3],
    ]);
  });

  it('has each part with its state and what it says of itself', () => {
    const points = pointsOf(metrics, 'lagpipe.component.part.up');
    const names = [
      'lagpipe.component.id',
      'lagpipe.component.part',
      'lagpipe.component.state',
      'lagpipe.attach',
    ];
    assert.deepEqual(figures(points, ...names), [
      ['ebpf_stack_latency', 'ip-start', 'live', 'netfilter', 1],
      ['proc', 'pressure/irq', 'degraded', 1],
      ['otlp/backup', '', 'failed', 0],
    ]);
  });

  it('has CPU, memory and event loop by the semantic conventions', () => {
    const cpu = pointsOf(metrics, 'process.cpu.time');
    assert.deepEqual(
      cpu.map(({ attributes }) => attributes['cpu.mode']),
      ['user', 'system'],
    );
    assert.ok(cpu[0].value > 0);
    assert.ok(pointsOf(metrics, 'process.memory.usage')[0].value > 1e6);
    assert.equal(pointsOf(metrics, 'nodejs.eventloop.time').length, 2);
  });

  it('counts bytes that are no reading, and takes any JSON without failing', () => {
    const context = testContext(self);
    const decode = selfDecoder(context);
    assert.deepEqual(decode({ time: [0, 0], name: 'telemetry', bytes: Buffer.from('{') }), []);
    assert.deepEqual(context.counter.snapshot().dropped, { malformed_reading: 1 });
    const shaped = fc.record({
      counts: fc.array(fc.jsonValue()),
      statuses: fc.array(fc.jsonValue()),
      process: fc.jsonValue(),
    });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), shaped), (value) => {
        decode({ time: [0, 0], name: 'telemetry', bytes: Buffer.from(JSON.stringify(value)) });
      }),
    );
  });
});
