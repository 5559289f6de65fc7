import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { from, lastValueFrom, toArray } from 'rxjs';
import { testContext } from '../../test/conformance/context.ts';
import { sampleBatches } from '../../test/conformance/sample-batches.ts';
import type { Batch } from '../model/batch.ts';
import type { Metric, NumberPoint } from '../model/metric.ts';
import { percentile } from './percentile.ts';

interface Config {
  readonly quantiles?: readonly number[];
  readonly metrics?: readonly string[];
  readonly keep_histograms?: boolean;
}

async function run(config: Config, batches: readonly Batch[] = sampleBatches()) {
  const context = testContext(percentile);
  const full = { quantiles: [0.5, 1], keep_histograms: true, ...config };
  const output = await lastValueFrom(
    from(batches).pipe(percentile.create(full as never, context), toArray()),
  );
  const metrics = output.flatMap((batch): readonly Metric[] =>
    batch.kind === 'metrics' ? batch.metrics : [],
  );
  return { output, metrics, counts: context.counter.snapshot() };
}

function pointsOf(metrics: readonly Metric[], name: string): readonly NumberPoint[] {
  const metric = metrics.find((each) => each.name === name);
  return metric?.kind === 'gauge' ? metric.points : [];
}

describe('percentile', () => {
  it('adds a gauge in the unit of the histogram, with its attributes, the quantile and the error', async () => {
    const { metrics, counts } = await run({ quantiles: [0.1, 0.5] });
    const gauge = metrics.find(({ name }) => name === 'lagpipe.stack.latency.quantile');
    assert.equal(gauge?.unit, 's');
    const [zero, median, ...more] = pointsOf(metrics, 'lagpipe.stack.latency.quantile');
    assert.deepEqual(more, [], 'the point without values has no quantiles');
    assert.deepEqual([zero.value, zero.attributes['lagpipe.quantile']], [0, 0.1]);
    assert.deepEqual(median.attributes, {
      'lagpipe.stack.stage': 'tcp-start',
      'lagpipe.quantile': 0.5,
      'lagpipe.quantile.error': median.attributes['lagpipe.quantile.error'],
    });
    assert.equal(Number(median.attributes['lagpipe.quantile.error']).toFixed(4), '0.0433');
    assert.ok(median.value > 2 ** -10 && median.value < 0.00105);
    assert.equal('startTime' in median, false);
    assert.equal(counts.created, 4);
    assert.equal(counts.absorbed, 0);
  });

  it('leaves the error out where the histogram sets no limit', async () => {
    const { metrics } = await run({ quantiles: [0.5, 1] });
    const [median, largest] = pointsOf(metrics, 'sample.duration.quantile');
    assert.ok(Math.abs(Number(median.attributes['lagpipe.quantile.error']) - 0.9 / 1.1) < 1e-12);
    assert.ok(Math.abs(median.value - 0.2 / 1.1) < 1e-12);
    assert.deepEqual(largest.attributes, { 'lagpipe.quantile': 1 });
    assert.equal(largest.value, 1);
  });

  it('states an error that does not follow the data', async () => {
    const [, histograms] = sampleBatches();
    assert.equal(histograms.kind, 'metrics');
    const { metrics } = await run({ quantiles: [0.5, 1] }, [histograms]);
    const errors = pointsOf(metrics, 'lagpipe.stack.latency.quantile').map(
      ({ attributes }) => attributes['lagpipe.quantile.error'],
    );
    assert.equal(new Set(errors).size, 1);
  });

  it('works on the named histograms only', async () => {
    const { metrics } = await run({ metrics: ['sample.duration'] });
    assert.deepEqual(
      metrics.map(({ name }) => name).filter((name) => name.endsWith('.quantile')),
      ['sample.duration.quantile'],
    );
  });

  it('absorbs the histograms when they are not kept', async () => {
    const { metrics, counts } = await run({ keep_histograms: false, metrics: ['lagpipe.stack.latency'] });
    assert.deepEqual(
      metrics.map(({ name }) => name),
      ['sample.gauge', 'sample.packets', 'lagpipe.stack.latency.quantile', 'sample.duration'],
    );
    assert.equal(counts.absorbed, 2);
    assert.equal(counts.created, 2);
  });

  it('passes a batch on as it is when there is nothing to do', async () => {
    const [numbers, , events] = sampleBatches();
    const { output } = await run({}, [numbers, events]);
    assert.equal(output[0], numbers);
    assert.equal(output[1], events);
  });

  it('emits no empty batch', async () => {
    const [, histograms] = sampleBatches();
    assert.ok(histograms.kind === 'metrics');
    const empty = histograms.metrics.map((metric) =>
      metric.kind === 'exponential_histogram'
        ? { ...metric, points: metric.points.filter(({ count }) => count === 0) }
        : metric,
    );
    const batch = { ...histograms, metrics: empty.slice(0, 1) };
    const { output, counts } = await run({ keep_histograms: false }, [batch]);
    assert.deepEqual(output, []);
    assert.equal(counts.absorbed, 1);
  });
});
