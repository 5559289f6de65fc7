import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { from, lastValueFrom, Subject, toArray, VirtualTimeScheduler } from 'rxjs';
import { testContext } from '../../../test/conformance/context.ts';
import { sampleBatches } from '../../../test/conformance/sample-batches.ts';
import type { Attributes } from '../../model/attributes.ts';
import { type Batch, eventBatchOf, recordsIn } from '../../model/batch.ts';
import { bucketIndex } from '../../model/exponential-counts.ts';
import type { Metric } from '../../model/metric.ts';
import { processorStage } from '../../pipeline/processor-stage.ts';
import { type AggregateConfig, check } from './definition.ts';
import { aggregate } from './index.ts';

type MetricConfig = Partial<AggregateConfig['metrics'][number]>;

const HEAD = { resource: { attributes: {} }, scope: { name: '', version: '' }, severityNumber: 9 };

function requests(all: readonly Attributes[], second = 100, name = 'http.exchange'): Batch {
  return eventBatchOf(
    { ...HEAD, name },
    all.map((attributes, index) => ({ time: [second, index] as const, attributes })),
  );
}

function configOf(metrics: readonly MetricConfig[], more: Partial<AggregateConfig> = {}): AggregateConfig {
  const full = metrics.map((metric) => ({
    name: 'made',
    description: '',
    ...(metric.from_metric === undefined && { from_events: ['http.exchange'] }),
    ...metric,
  }));
  const defaults = {
    group_by: [],
    interval: 10_000,
    max_groups: 2000,
    keep_events: false,
    keep_other_events: true,
  };
  return { ...defaults, metrics: full, ...more } as AggregateConfig;
}

async function run(config: AggregateConfig, batches: readonly Batch[]) {
  const context = testContext(aggregate);
  const output = await lastValueFrom(
    from(batches).pipe(
      processorStage(() => aggregate.create(config as never, context), context.counter, context.log),
      toArray(),
    ),
  );
  const metrics = output.flatMap((batch): readonly Metric[] =>
    batch.kind === 'metrics' ? batch.metrics : [],
  );
  assert.deepEqual(context.messages, []);
  assert.equal(context.counter.held, 0);
  return { output, metrics, statuses: context.statuses, counts: context.counter.snapshot() };
}

/** Value by the group's attributes, or for histograms count and sum. */
function valuesOf(metric: Metric): readonly unknown[] {
  return metric.points.map((point) => [
    point.attributes,
    'value' in point ? point.value : [point.count, point.sum],
  ]);
}

const EVENTS = requests([
  { m: 'GET', d: 0.5, server: 'a' },
  { m: 'GET', d: 0.25, server: 'a' },
  { m: 'PUT', d: 2, server: 'a' },
  { m: 'PUT', server: 'b' },
]);

describe('aggregate: kinds', () => {
  for (const [metric, expected] of [
    [{ kind: 'count' }, [[{}, 4]]],
    [{ kind: 'count', attribute: 'd' }, [[{}, 3]]],
    [
      { kind: 'count', attribute: 'm', group_by: ['server'] },
      [
        [{ server: 'a' }, 3],
        [{ server: 'b' }, 1],
      ],
    ],
    [
      { kind: 'sum', attribute: 'd', group_by: ['m'] },
      [
        [{ m: 'GET' }, 0.75],
        [{ m: 'PUT' }, 2],
      ],
    ],
    [
      { kind: 'last', attribute: 'd', group_by: ['m'] },
      [
        [{ m: 'GET' }, 0.25],
        [{ m: 'PUT' }, 2],
      ],
    ],
    [{ kind: 'min', attribute: 'd' }, [[{}, 0.25]]],
    [{ kind: 'max', attribute: 'd' }, [[{}, 2]]],
    [
      { kind: 'mean', attribute: 'd', group_by: ['m'] },
      [
        [{ m: 'GET' }, 0.375],
        [{ m: 'PUT' }, 2],
      ],
    ],
    [{ kind: 'histogram', attribute: 'd' }, [[{}, [3, 2.75]]]],
  ] as const) {
    it(`${metric.kind} of ${'attribute' in metric ? metric.attribute : 'events'}`, async () => {
      const { metrics, counts } = await run(configOf([metric]), [EVENTS]);
      assert.deepEqual(valuesOf(metrics[0]), expected);
      assert.equal(counts.absorbed, 4);
      assert.equal(counts.created, expected.length);
    });
  }

  it('a histogram has its buckets, its ends and the time of its records', async () => {
    const config = configOf([{ kind: 'histogram', attribute: 'd', unit: 's', description: 'How long.' }]);
    const { metrics } = await run(config, [EVENTS]);
    const [metric] = metrics;
    assert.ok(metric.kind === 'exponential_histogram');
    assert.deepEqual([metric.unit, metric.description, metric.temporality], ['s', 'How long.', 'delta']);
    const [point] = metric.points;
    assert.deepEqual([point.min, point.max, point.scale, point.zeroCount], [0.25, 2, 3, 0]);
    assert.deepEqual(
      [point.startTime, point.time],
      [
        [100, 0],
        [100, 3],
      ],
    );
    const { offset, bucketCounts } = point.positive;
    for (const value of [0.25, 0.5, 2]) assert.equal(bucketCounts[bucketIndex(value) - offset], 1);
  });

  it('negative values stay out of sums and histograms, and it says so once', async () => {
    const batch = requests([{ d: -1 }, { d: 3 }, { d: -2 }]);
    for (const kind of ['sum', 'histogram', 'min'] as const) {
      const { metrics, statuses } = await run(configOf([{ kind, attribute: 'd' }]), [batch]);
      const [[, value]] = valuesOf(metrics[0]) as [[unknown, unknown]];
      assert.deepEqual(value, { sum: 3, histogram: [1, 3], min: -2 }[kind]);
      assert.deepEqual(
        statuses.map(({ state }) => state),
        kind === 'min' ? [] : ['degraded'],
      );
    }
  });
});

describe('aggregate: groups', () => {
  it('have a series of overflow, so that totals are right', async () => {
    const batch = requests(Array.from({ length: 100 }, (_, index) => ({ port: index, d: 1 })));
    const { metrics } = await run(
      configOf([{ kind: 'sum', attribute: 'd', group_by: ['port'] }], { max_groups: 10 }),
      [batch, batch],
    );
    assert.equal(metrics[0].points.length, 10);
    assert.deepEqual(valuesOf(metrics[0])[0], [{ 'otel.metric.overflow': true }, 182]);
  });

  it('of different resources are never added up', async () => {
    const other = { ...EVENTS, resource: { attributes: { 'host.name': 'other' } } };
    const { output } = await run(configOf([{ kind: 'count' }]), [EVENTS, other, EVENTS]);
    const counted = output.map(
      (batch) => batch.kind === 'metrics' && [batch.resource.attributes, valuesOf(batch.metrics[0])],
    );
    assert.deepEqual(counted, [
      [{}, [[{}, 8]]],
      [{ 'host.name': 'other' }, [[{}, 4]]],
    ]);
  });
});

describe('aggregate: what goes on', () => {
  it('events that no metric is made from pass, and others stay', async () => {
    const other = requests([{}], 100, 'tcp.connection');
    const { output, counts } = await run(configOf([{ kind: 'count' }]), [EVENTS, other]);
    assert.deepEqual(
      output.map((batch) => batch.kind === 'events' && batch.name),
      ['tcp.connection', false],
    );
    assert.deepEqual([counts.out, counts.absorbed, counts.created], [2, 4, 1]);
  });

  it('keep_events keeps them, keep_other_events: false drops the others by reason', async () => {
    const other = requests([{}], 100, 'tcp.connection');
    const config = configOf([{ kind: 'count' }], { keep_events: true, keep_other_events: false });
    const { output, counts } = await run(config, [EVENTS, other]);
    assert.equal(output[0], EVENTS);
    assert.deepEqual([counts.out, counts.absorbed, counts.created], [5, 0, 1]);
    assert.deepEqual(counts.dropped, { not_aggregated: 1 });
  });

  it('says what it reads', () => {
    const config = configOf(
      [
        { kind: 'sum', attribute: 'd', group_by: ['m'] },
        { kind: 'count', name: 'b' },
      ],
      { group_by: ['s'] },
    );
    assert.deepEqual(aggregate.reads?.(config as never), { attributes: ['m', 'd', 's'], passesEvents: true });
    const closed = { ...config, keep_other_events: false };
    assert.equal(aggregate.reads?.(closed as never)?.passesEvents, false);
  });
});

describe('aggregate: time', () => {
  it('sends what came in an interval when it ends, nothing where nothing came, and the rest at the end', () => {
    const scheduler = new VirtualTimeScheduler();
    const context = testContext(aggregate, { scheduler });
    const input = new Subject<Batch>();
    const seen: string[] = [];
    input
      .pipe(aggregate.create(configOf([{ kind: 'count' }], { interval: 1000 }) as never, context))
      .subscribe((batch) => {
        const metric = batch.kind === 'metrics' ? batch.metrics[0] : undefined;
        const [point] = metric?.points ?? [];
        seen.push(
          `${scheduler.now()}: ${JSON.stringify([point?.startTime, point?.time, valuesOf(metric!)])}`,
        );
      });
    const at = (millis: number, action: () => void) => scheduler.schedule(action, millis);
    at(100, () => input.next(requests([{}, {}], 50)));
    at(900, () => input.next(requests([{}], 51)));
    at(2500, () => input.next(requests([{}], 52)));
    at(3200, () => input.next(requests([{}], 53)));
    at(3300, () => input.complete());
    scheduler.flush();
    assert.deepEqual(seen, [
      '1000: [[50,0],[51,0],[[{},3]]]',
      '3000: [[51,0],[52,0],[[{},1]]]',
      '3300: [[52,0],[53,0],[[{},1]]]',
    ]);
  });
});

describe('aggregate: from metrics', () => {
  it('adds the buckets of a histogram up over what is not grouped by, and passes the other metrics', async () => {
    const config = configOf([{ kind: 'histogram', from_metric: 'lagpipe.stack.latency' }]);
    const batches = sampleBatches();
    const { output, metrics } = await run(config, [...batches, ...batches]);
    const made = metrics.find(({ name }) => name === 'made')!;
    assert.ok(made.kind === 'exponential_histogram');
    assert.deepEqual([made.unit, made.points.length, made.points[0].count], ['s', 1, 14]);
    assert.deepEqual(made.points[0].positive, { offset: -80, bucketCounts: [12] });
    assert.equal(metrics.filter(({ name }) => name === 'lagpipe.stack.latency').length, 0);
    assert.equal(
      output.reduce((sum, batch) => sum + recordsIn(batch), 0),
      2 * batches.reduce((sum, batch) => sum + recordsIn(batch), 0) - 2 * 2 + 1,
    );
  });

  it('makes gauges of gauges', async () => {
    const { metrics } = await run(configOf([{ kind: 'min', from_metric: 'sample.gauge' }]), sampleBatches());
    assert.deepEqual(valuesOf(metrics.at(-1)!), [[{}, -1.5]]);
  });

  for (const [from_metric, kind, reason] of [
    ['sample.packets', 'sum', /cumulative/],
    ['sample.duration', 'histogram', /bounds of its own/],
    ['lagpipe.stack.latency', 'mean', /only a histogram/],
  ] as const) {
    it(`leaves ${from_metric} as it is instead of making a wrong ${kind}`, async () => {
      const { output, statuses } = await run(configOf([{ kind, from_metric }]), sampleBatches());
      assert.deepEqual(output, sampleBatches());
      assert.match(statuses.map(({ detail }) => detail).join(), reason);
    });
  }
});

describe('aggregate: the check of a config', () => {
  for (const [metrics, expected] of [
    [[{ kind: 'sum', from_events: ['a'] }], 'a sum of events needs attribute, to say of which value'],
    [
      [{ kind: 'count', from_events: ['a'], from_metric: 'b' }],
      '"made" needs either from_events or from_metric, to say what it is made from',
    ],
    [
      [{ kind: 'last', from_metric: 'b', attribute: 'a' }],
      'has no meaning with from_metric, whose points have one value each',
    ],
    [[{ kind: 'last', from_metric: 'made' }], 'is the name of the metric that is made of it: "made"'],
    [[{ kind: 'count' }, { kind: 'count' }], 'there are two metrics of the name "made"'],
    [[{ kind: 'count' }], undefined],
  ] as const) {
    it(expected ?? 'finds nothing where nothing is wrong', () => {
      assert.deepEqual(
        check(configOf(metrics)).map(({ message }) => message),
        expected === undefined ? [] : [expected],
      );
    });
  }
});
