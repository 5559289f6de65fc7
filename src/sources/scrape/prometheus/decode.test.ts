import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { testContext } from '../../../../test/conformance/context.ts';
import type { AttributeValue } from '../../../model/attributes.ts';
import { recordsIn } from '../../../model/batch.ts';
import type { HistogramPoint, Metric, NumberPoint, Point } from '../../../model/metric.ts';
import type { UnixTime } from '../../../model/time.ts';
import { readAddress } from '../address.ts';
import { type Answer, chunkNames, writeAnswer } from '../answer.ts';
import { type PrometheusOptions, prometheusDecoder } from './decode.ts';
import { prometheus } from './index.ts';

const FIXTURES = join(import.meta.dirname, '../../../../test/fixtures/prometheus');
const fixture = (name: string) => readFileSync(join(FIXTURES, name), 'utf8');
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

function decoding(options: Partial<PrometheusOptions> = {}, address = '127.0.0.1:9100') {
  const reading = readAddress(address, '/metrics');
  if (reading.kind === 'problem') throw new Error(reading.message);
  const { endpoint } = reading;
  const context = testContext(prometheus);
  const decode = prometheusDecoder(
    {
      endpoints: [endpoint],
      job: 'node',
      filter: { keep: [], drop: [], rename: {} },
      maxSeries: 10_000,
      maxLabelLength: 100,
      ...options,
    },
    context,
  );
  const metricsOf = (name: string, bytes: Uint8Array, time: UnixTime): readonly Metric[] =>
    decode({ name, bytes, time }).flatMap((batch) => (batch.kind === 'metrics' ? batch.metrics : []));
  const answer = (given: Partial<Answer>, seconds = 1000) =>
    metricsOf(
      chunkNames.answer(endpoint.name),
      writeAnswer({ outcome: 'ok', seconds: 0.25, contentType: '', ...given }),
      [seconds, 0],
    );
  return {
    context,
    decode,
    answer,
    feedBytes: (bytes: Uint8Array, seconds = 1000) =>
      metricsOf(chunkNames.body(endpoint.name), bytes, [seconds, 0]),
    feed: (text: string, seconds = 1000, contentType = 'text/plain') => {
      answer({ contentType }, seconds);
      return metricsOf(chunkNames.body(endpoint.name), Buffer.from(text), [seconds, 0]);
    },
    dropped: () => context.counter.snapshot().dropped,
  };
}

function pointsOf(metrics: readonly Metric[], name: string): readonly Point[] {
  return metrics.find((metric) => metric.name === name)?.points ?? [];
}

/** The first point that has these attributes, and maybe others. */
function pointOf(
  metrics: readonly Metric[],
  name: string,
  attributes: Readonly<Record<string, AttributeValue>> = {},
): Point | undefined {
  const wanted = Object.entries(attributes);
  return pointsOf(metrics, name).find((point) =>
    wanted.every(([key, value]) => point.attributes[key] === value),
  );
}

function figureOf(...given: Parameters<typeof pointOf>): number | undefined {
  return (pointOf(...given) as NumberPoint | undefined)?.value;
}

const kindOf = (metrics: readonly Metric[], name: string) => metrics.find((each) => each.name === name)?.kind;

describe('prometheus decoder: node_exporter', () => {
  const { feed, dropped } = decoding();
  const text = fixture('node_exporter.txt');
  const metrics = feed(text);

  it('keeps names, labels and types', () => {
    assert.equal(kindOf(metrics, 'node_softnet_dropped_total'), 'sum');
    assert.equal(kindOf(metrics, 'node_netstat_Tcp_RetransSegs'), 'gauge');
    assert.equal(kindOf(metrics, 'node_sockstat_TCP_tw'), 'gauge');
    const cpu = metrics.find(({ name }) => name === 'node_cpu_seconds_total');
    assert.deepEqual(
      [cpu?.kind, cpu?.unit, cpu?.description],
      ['sum', 's', 'Seconds the CPUs spent in each mode.'],
    );
    assert.equal(figureOf(metrics, 'node_network_receive_bytes_total', { device: 'eth0' }), 1.732346906e9);
    assert.deepEqual(pointOf(metrics, 'node_softnet_processed_total', { cpu: '1' })?.attributes, {
      cpu: '1',
    });
  });

  it('has every sample, once', () => {
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    assert.equal(figureOf(metrics, 'scrape_samples_scraped'), lines);
    const points = metrics.reduce((sum, { points: { length } }) => sum + length, 0);
    assert.equal(points, lines + 1);
    assert.deepEqual(dropped(), {});
  });

  it('takes the same series for the same', () => {
    const again = feed(text, 1010);
    const { startTime, time } = pointOf(again, 'node_softnet_processed_total') ?? {};
    assert.deepEqual(
      [startTime, time],
      [
        [1000, 0],
        [1010, 0],
      ],
    );
  });
});

describe('prometheus decoder: linkerd2-proxy', () => {
  const { feed, dropped } = decoding();
  const metrics = feed(fixture('linkerd2-proxy.txt'), 1_790_000_500, OPEN_METRICS);

  it('gives what says that connections are not reused', () => {
    const client = { direction: 'outbound' };
    assert.equal(figureOf(metrics, 'request_total', client), 15_145);
    assert.equal(figureOf(metrics, 'tcp_open_total', { ...client, peer: 'src' }), 7887);
    assert.equal(figureOf(metrics, 'tcp_open_connections', { peer: 'src' }), 3);
    assert.deepEqual(dropped(), {});
  });

  it('makes histograms of buckets, wherever count and sum stand', () => {
    const latency = pointOf(metrics, 'response_latency_ms') as HistogramPoint;
    assert.deepEqual(latency.explicitBounds, [1, 2, 5, 200, 300]);
    assert.deepEqual(latency.bucketCounts, [14_000, 800, 200, 10, 90, 0]);
    assert.deepEqual([latency.count, latency.sum], [15_100, 38_250]);
    assert.deepEqual(latency.attributes, { direction: 'outbound', status_code: '200' });
    const queue = pointOf(metrics, 'outbound_http_balancer_queue_latency_seconds') as HistogramPoint;
    assert.deepEqual([queue.bucketCounts, queue.sum], [[15_000, 100, 45], 12.5]);
    assert.equal(metrics.find(({ name }) => name.endsWith('queue_latency_seconds'))?.unit, 's');
  });
});

describe('prometheus decoder: histograms', () => {
  const histogram = (...lines: string[]) => `# TYPE h histogram\n${lines.join('\n')}\n`;

  it('takes buckets in any order', () => {
    const point = pointOf(
      decoding().feed(
        histogram('h_bucket{le="+Inf"} 9', 'h_bucket{le="2"} 7', 'h_bucket{le="1"} 4', 'h_sum 5'),
      ),
      'h',
    ) as HistogramPoint;
    assert.deepEqual(
      [point.explicitBounds, point.bucketCounts],
      [
        [1, 2],
        [4, 3, 2],
      ],
    );
  });

  it('takes the count where the last bucket is missing', () => {
    const point = pointOf(decoding().feed(histogram('h_bucket{le="1"} 4', 'h_count 6', 'h_sum 5')), 'h');
    assert.deepEqual((point as HistogramPoint).bucketCounts, [4, 2]);
  });

  for (const [what, ...lines] of [
    ['buckets that fall', 'h_bucket{le="1"} 4', 'h_bucket{le="2"} 3', 'h_bucket{le="+Inf"} 5'],
    ['no end', 'h_bucket{le="1"} 4', 'h_sum 1'],
    ['fewer at the end than below', 'h_bucket{le="1"} 4', 'h_bucket{le="+Inf"} 3'],
    ['a bucket twice', 'h_bucket{le="1"} 4', 'h_bucket{le="1.0"} 4', 'h_bucket{le="+Inf"} 5'],
    ['half a count', 'h_bucket{le="1"} 4.5', 'h_bucket{le="+Inf"} 5'],
    ['an infinite count', 'h_bucket{le="+Inf"} +Inf'],
  ]) {
    it(`counts one with ${what}`, () => {
      const { feed, dropped } = decoding();
      assert.deepEqual(pointsOf(feed(histogram(...lines)), 'h'), []);
      assert.deepEqual(dropped(), { malformed_histogram: 1 });
    });
  }

  it('begins anew when it falls, and goes on without what one scrape lacks', () => {
    const { feed } = decoding();
    const text = (count: number) => histogram(`h_bucket{le="+Inf"} ${count}`, `h_sum ${count}`);
    feed(text(9), 1000);
    assert.deepEqual(pointsOf(feed('other 1\n', 1010), 'h'), []);
    assert.deepEqual(pointOf(feed(text(12), 1020), 'h')?.startTime, [1000, 0]);
    const fallen = pointOf(feed(text(2), 1030), 'h') as HistogramPoint;
    assert.deepEqual([fallen.startTime, fallen.count], [[1020, 0], 2]);
  });
});

describe('prometheus decoder: counters and summaries', () => {
  it('begins where _created says so, before or behind the counter', () => {
    const { feed } = decoding();
    const text =
      '# TYPE a counter\na_total{x="1"} 5\na_created{x="1"} 990.5\na_created{x="2"} 980\na_total{x="2"} 6\n# EOF\n';
    const metrics = feed(text, 1000, OPEN_METRICS);
    assert.deepEqual(pointOf(metrics, 'a_total', { x: '1' })?.startTime, [990, 500_000_000]);
    assert.deepEqual(pointOf(metrics, 'a_total', { x: '2' })?.startTime, [980, 0]);
    const restarted = feed(text.replace('990.5', '1005'), 1010, OPEN_METRICS);
    assert.deepEqual(pointOf(restarted, 'a_total', { x: '1' })?.startTime, [1005, 0]);
  });

  it('takes a fall for a new start', () => {
    const { feed } = decoding();
    feed('# TYPE a counter\na 5\n', 1000);
    const [point] = pointsOf(feed('# TYPE a counter\na 2\n', 1010), 'a') as NumberPoint[];
    assert.deepEqual([point.value, point.startTime], [2, [1000, 0]]);
  });

  it('takes a summary apart', () => {
    const { feed, dropped } = decoding();
    const metrics = feed(
      '# TYPE s summary\ns{quantile="0.5"} 2\ns{quantile="0.99"} NaN\ns_sum 7\ns_count 3\n',
    );
    assert.deepEqual(pointOf(metrics, 's')?.attributes, { quantile: 0.5 });
    assert.equal(kindOf(metrics, 's'), 'gauge');
    assert.deepEqual([kindOf(metrics, 's_sum'), figureOf(metrics, 's_sum')], ['sum', 7]);
    assert.deepEqual([kindOf(metrics, 's_count'), figureOf(metrics, 's_count')], ['sum', 3]);
    assert.deepEqual(dropped(), { not_a_number: 1 });
  });

  it('reads timestamps in milliseconds, and in seconds from OpenMetrics', () => {
    assert.deepEqual(pointOf(decoding().feed('a 1 995500\n'), 'a')?.time, [995, 500_000_000]);
    assert.deepEqual(
      pointOf(decoding().feed('a 1 995.5\n# EOF\n', 1000, OPEN_METRICS), 'a')?.time,
      [995, 500_000_000],
    );
  });
});

describe('prometheus decoder: what is in no metric', () => {
  for (const [reason, text, options] of [
    ['malformed_line', 'a one\n', {}],
    ['malformed_line', 'a{b=} 1\n', {}],
    ['malformed_line', '# TYPE h histogram\nh_bucket{le="x"} 1\n', {}],
    ['duplicate_series', 'a{b="c"} 1\na{b="c"} 2\n', {}],
    ['not_a_number', 'a NaN\n', {}],
    ['exemplar', 'a_total 1 # {t="x"} 1\n', {}],
    ['label_too_long', `a{b="${'x'.repeat(101)}"} 1\n`, {}],
    ['series_limit', 'a 1\nb 1\nc 1\n', { maxSeries: 2 }],
    ['filtered', 'a 1\nb 1\n', { filter: { keep: ['b*'], drop: [], rename: {} } }],
  ] as const) {
    it(`counts ${reason} in ${JSON.stringify(text.slice(0, 40))}`, () => {
      const { feed, dropped } = decoding(options);
      feed(text);
      assert.deepEqual(dropped(), { [reason]: 1 });
      feed(text);
      assert.deepEqual(dropped(), { [reason]: 2 });
    });
  }

  it('counts a chunk of another target', () => {
    const { decode, dropped } = decoding();
    decode({ name: chunkNames.body('somewhere:1'), time: [0, 0], bytes: Buffer.from('a 1') });
    assert.deepEqual(dropped(), { unknown_chunk: 1 });
  });
});

describe('prometheus decoder: keep, drop, rename', () => {
  const text = '# TYPE a_total counter\na_total 1\na_b 2\nc 3\n# TYPE s summary\ns_sum 4\ns_count 5\n';
  for (const [filter, expected] of [
    [{ keep: [], drop: [], rename: {} }, ['a_total', 'a_b', 'c', 's_sum', 's_count']],
    [{ keep: ['a_*'], drop: [], rename: {} }, ['a_total', 'a_b']],
    [{ keep: ['a_*'], drop: ['*_b'], rename: {} }, ['a_total']],
    [{ keep: [], drop: ['a*', 's_*'], rename: { c: 'd.e' } }, ['d.e']],
    [{ keep: ['c'], drop: [], rename: { c: 'd' } }, ['d']],
  ] as const) {
    it(JSON.stringify(filter), () => {
      const names = decoding({ filter })
        .feed(text)
        .map(({ name }) => name)
        .filter((name) => name !== 'scrape_samples_scraped');
      assert.deepEqual(names, expected);
    });
  }

  it('takes what is in a pattern literally, except *', () => {
    const names = decoding({ filter: { keep: ['a.b', 'x(*'], drop: [], rename: {} } })
      .feed('acb 1\n{"a.b"} 2\n{"x(y"} 3\n')
      .map(({ name }) => name);
    assert.deepEqual(names, ['a.b', 'x(y', 'scrape_samples_scraped']);
  });
});

describe('prometheus decoder: over time', () => {
  it('forgets series that are gone, so that others have room', () => {
    const { feed, dropped } = decoding({ maxSeries: 2 });
    feed('a 1\nb 1\n');
    for (let scrape = 0; scrape < 8; scrape++) feed('c 1\n');
    assert.equal(pointsOf(feed('c 1\nd 1\n'), 'd').length, 1);
    // As long as the old ones might come back, there was no room for c.
    assert.deepEqual(dropped(), { series_limit: 6 });
  });

  it('takes a metric that changes its type for another one, from the next scrape on', () => {
    const { feed } = decoding();
    feed('# TYPE a gauge\na 1\n');
    feed('# TYPE a counter\na 1\n');
    assert.equal(kindOf(feed('# TYPE a counter\na 1\n'), 'a'), 'sum');
  });

  it('learns a type that comes too late for the next scrape', () => {
    const { feed } = decoding();
    const text = 'a 1\n# TYPE a counter\n';
    feed(text);
    assert.equal(kindOf(feed(text), 'a'), 'sum');
  });
});

describe('prometheus decoder: how the scrape went', () => {
  it('says whether the target is up', () => {
    const { answer } = decoding();
    assert.equal(figureOf(answer({}), 'up'), 1);
    const failed = answer({ outcome: 'failed' });
    assert.deepEqual([figureOf(failed, 'up'), figureOf(failed, 'scrape_duration_seconds')], [0, 0.25]);
    assert.deepEqual(answer({ outcome: 'waiting' }), []);
  });

  it('speaks for the target, and of its host only where that is the own one', () => {
    const resourceOf = (address: string) => {
      const { decode } = decoding({}, address);
      const name = chunkNames.body(address);
      return decode({ name, time: [0, 0], bytes: Buffer.from('a 1') })[0].resource.attributes;
    };
    const target = { 'service.name': 'node', 'server.port': 9100 };
    assert.deepEqual(resourceOf('192.0.2.1:9100'), {
      ...target,
      'service.instance.id': '192.0.2.1:9100',
      'server.address': '192.0.2.1',
    });
    assert.equal(resourceOf('[::1]:9100')['host.name'], 'test');
    assert.equal(resourceOf('[::1]:9100')['server.address'], '::1');
  });
});

describe('prometheus decoder: any input', () => {
  it('never throws and loses no sample without a reason', () => {
    const bodies = ['node_exporter.txt', 'linkerd2-proxy.txt'].map(fixture);
    const edit = fc.record({
      at: fc.nat(30_000),
      remove: fc.nat(60),
      insert: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(
          '\n',
          '{',
          '}',
          '"',
          '\\',
          ' NaN',
          '# TYPE node_cpu_seconds_total histogram\n',
          ',le="1"',
        ),
      ),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...bodies),
        fc.array(edit, { minLength: 1, maxLength: 6 }),
        (body, edits) => {
          let text = body;
          for (const { at, remove, insert } of edits) {
            const position = at % (text.length + 1);
            text = text.slice(0, position) + insert + text.slice(position + remove);
          }
          const { feed, feedBytes, dropped } = decoding();
          for (const metrics of [feed(text), feed(body)]) {
            const samples = figureOf(metrics, 'scrape_samples_scraped') ?? 0;
            const points = metrics.reduce((sum, metric) => sum + metric.points.length, 0) - 1;
            assert.ok(points <= samples);
          }
          feedBytes(Buffer.from(text).subarray(1));
          for (const reason of Object.keys(dropped())) assert.match(reason, /^[a-z_]+$/);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('adds up: every sample without histograms is a point or has a reason', () => {
    const line = fc.oneof(
      fc.constantFrom('a 1', 'b{c="d"} 2', 'e NaN', 'f', 'g{h=} 1', '# TYPE a counter', 'a +Inf', ''),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const { decode, dropped } = decoding({ maxSeries: 5 });
        const bytes = Buffer.from(lines.join('\n'));
        const batches = decode({ name: chunkNames.body('127.0.0.1:9100'), time: [1, 0], bytes });
        const points = batches.reduce((sum, batch) => sum + recordsIn(batch), 0) - 1;
        const samples = figureOf(
          batches.flatMap((each) => (each.kind === 'metrics' ? each.metrics : [])),
          'scrape_samples_scraped',
        );
        const { exemplar: _, ...reasons } = dropped();
        const lost = Object.values(reasons).reduce((sum, count) => sum + count, 0);
        assert.equal(points + lost, samples);
      }),
    );
  });
});
