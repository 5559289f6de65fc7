import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { testContext } from '../../../../test/conformance/context.ts';
import type { AttributeValue } from '../../../model/attributes.ts';
import type { Metric, NumberPoint } from '../../../model/metric.ts';
import type { UnixTime } from '../../../model/time.ts';
import { type Answer, chunkNames, writeAnswer } from '../answer.ts';
import { linkerdDecoder } from './decode.ts';
import { linkerd } from './index.ts';

const FIXTURE = join(import.meta.dirname, '../../../../test/fixtures/linkerd/metrics-tree.json');
const TREE = JSON.parse(readFileSync(FIXTURE, 'utf8'));
const JVM_START: UnixTime = [1_488_328_330, 0];
const ADDER_9091 = { 'lagpipe.linkerd.router': 'adder', 'lagpipe.linkerd.client': '$/inet/127.1/9091' };

/** The flat form by linkerd's own rule (AdminMetricsExportTelemeter): names joined by `/`, statistics behind a dot. */
function flatten(node: Record<string, unknown>, path: string[] = [], into: Record<string, number> = {}) {
  for (const [key, value] of Object.entries(node)) {
    const name = path.join('/');
    if (typeof value === 'object' && value !== null) flatten(value as never, [...path, key], into);
    else if (key.startsWith('stat.')) into[`${name}.${key.slice('stat.'.length)}`] = value as number;
    else into[name] = value as number;
  }
  return into;
}

function decoding(maxScopes = 2000) {
  const context = testContext(linkerd);
  const endpoint = {
    name: '127.0.0.1:9990',
    url: new URL('http://127.0.0.1:9990/admin/metrics.json?tree=1'),
  };
  const decode = linkerdDecoder({ windowSeconds: 60, maxScopes, endpoint }, context);
  const metricsOf = (name: string, bytes: Uint8Array, seconds: number): readonly Metric[] =>
    decode({ name, bytes, time: [seconds, 0] }).flatMap((batch) =>
      batch.kind === 'metrics' ? batch.metrics : [],
    );
  return {
    context,
    decode,
    feedBytes: (bytes: Uint8Array, seconds = 1_488_332_400) =>
      metricsOf(chunkNames.body('x'), bytes, seconds),
    feed: (document: unknown, seconds = 1_488_332_400) =>
      metricsOf(chunkNames.body('x'), Buffer.from(JSON.stringify(document)), seconds),
    answer: (outcome: Answer['outcome'], seconds: number) =>
      metricsOf(chunkNames.answer('x'), writeAnswer({ outcome, seconds: 0.5, contentType: '' }), seconds),
  };
}

function pointsOf(metrics: readonly Metric[], name: string): readonly NumberPoint[] {
  const metric = metrics.find((each) => each.name === `lagpipe.linkerd.${name}`);
  return metric?.kind === 'sum' || metric?.kind === 'gauge' ? metric.points : [];
}

/** The point with exactly these attributes. */
function pointOf(metrics: readonly Metric[], name: string, attributes: Record<string, AttributeValue>) {
  return pointsOf(metrics, name).find(
    (point) => JSON.stringify(point.attributes) === JSON.stringify(attributes),
  );
}

const figureOf = (...given: Parameters<typeof pointOf>) => pointOf(...given)?.value;

const leaf = (value: number) => ({ counter: value });
const documentOf = (requests: number, stat: object = {}, startMillis = 1000) => ({
  jvm: { start_time: { gauge: startMillis } },
  rt: { http: { client: { 'a/b': { requests: leaf(requests), request_latency_ms: stat } } } },
});
const CLIENT = { 'lagpipe.linkerd.router': 'http', 'lagpipe.linkerd.client': 'a/b' };

for (const [form, document] of [
  ['tree', TREE],
  ['flat', flatten(TREE)],
] as const) {
  describe(`linkerd decoder: the document of 2017 as ${form}`, () => {
    const metrics = decoding().feed(document);

    it('shows that the clients of adder hardly reuse a connection, and those of multiplier do', () => {
      const sumOver = (name: string, router: string) =>
        pointsOf(metrics, name)
          .filter(({ attributes }) => attributes['lagpipe.linkerd.router'] === router)
          .filter(
            ({ attributes }) =>
              'lagpipe.linkerd.client' in attributes && !('lagpipe.linkerd.service' in attributes),
          )
          .reduce((sum, { value }) => sum + value, 0);
      const reuse = (router: string) => sumOver('requests', router) / sumOver('connects', router);
      assert.ok(reuse('adder') < 2, `adder ${reuse('adder')}`);
      assert.ok(reuse('multiplier') > 50, `multiplier ${reuse('multiplier')}`);
    });

    for (const [name, attributes, expected] of [
      ['connects', ADDER_9091, 7887],
      ['requests', ADDER_9091, 15_145],
      ['connection_requests.mean', ADDER_9091, 1.84],
      [
        'connections',
        {
          ...ADDER_9091,
          'lagpipe.linkerd.router': 'multiplier',
          'lagpipe.linkerd.client': '$/inet/127.1/9030',
        },
        1,
      ],
      [
        'loadbalancer.size',
        { 'lagpipe.linkerd.router': 'multiplier', 'lagpipe.linkerd.client': '$/inet/127.1/9030' },
        1,
      ],
      ['connects', { 'lagpipe.linkerd.client': 'zipkin-tracer' }, 105_764],
    ] as const) {
      it(`${name} of ${Object.values(attributes).join(' ')} is ${expected}`, () => {
        const value = figureOf(metrics, name, attributes);
        assert.equal(value === undefined ? undefined : Math.round(value * 100) / 100, expected);
      });
    }

    it('has no balancer figures where linkerd leaves them out', () => {
      assert.equal(pointOf(metrics, 'loadbalancer.size', ADDER_9091), undefined);
    });

    it('begins counters when the process began', () => {
      assert.deepEqual(pointOf(metrics, 'requests', ADDER_9091)?.startTime, JVM_START);
    });

    it('gives every series once', () => {
      for (const { name, points } of metrics) {
        const keys = points.map(({ attributes }) => JSON.stringify(attributes));
        assert.equal(new Set(keys).size, keys.length, name);
      }
    });
  });
}

describe('linkerd decoder: scopes', () => {
  const figures = { requests: leaf(7), connects: leaf(2) };

  it('reads those of linkerd until 0.8', () => {
    const metrics = decoding().feed({
      rt: {
        http: {
          dst: {
            id: { '#/fs/web': { ...figures, path: { '/http/web': figures } } },
            path: { '/http/web': figures },
          },
          srv: { '0.0.0.0/4140': figures },
        },
      },
    });
    assert.deepEqual(
      pointsOf(metrics, 'requests').map(({ attributes }) => attributes),
      [
        { 'lagpipe.linkerd.router': 'http', 'lagpipe.linkerd.client': '#/fs/web' },
        {
          'lagpipe.linkerd.router': 'http',
          'lagpipe.linkerd.client': '#/fs/web',
          'lagpipe.linkerd.service': '/http/web',
        },
        { 'lagpipe.linkerd.router': 'http', 'lagpipe.linkerd.service': '/http/web' },
        { 'lagpipe.linkerd.router': 'http', 'lagpipe.linkerd.server': '0.0.0.0/4140' },
      ],
    );
  });

  it('reads the flat form of both', () => {
    const attributesOf = (key: string) => pointsOf(decoding().feed({ [key]: 1 }), 'requests')[0]?.attributes;
    const router = { 'lagpipe.linkerd.router': 'http' };
    const client = { ...router, 'lagpipe.linkerd.client': '$/inet/127.1/9091' };
    assert.deepEqual(attributesOf('rt/http/client/$/inet/127.1/9091/requests'), client);
    assert.deepEqual(attributesOf('rt/http/client/$/inet/127.1/9091/service//svc/foo/requests'), {
      ...client,
      'lagpipe.linkerd.service': '/svc/foo',
    });
    assert.deepEqual(attributesOf('rt/http/dst/id/$/inet/127.1/9091/path//http/1.1/GET/web/requests'), {
      ...client,
      'lagpipe.linkerd.service': '/http/1.1/GET/web',
    });
    assert.deepEqual(attributesOf('rt/http/server/0.0.0.0/4140/requests'), {
      ...router,
      'lagpipe.linkerd.server': '0.0.0.0/4140',
    });
  });

  it('does not take the failures of something inside a client for those of the client', () => {
    const metrics = decoding().feed({ 'rt/http/client/$/inet/127.1/9091/service_creation/failures': 5 });
    assert.deepEqual(metrics, []);
  });

  it('takes a service that is called client for one', () => {
    const metrics = decoding().feed({ rt: { http: { service: { client: { requests: leaf(3) } } } } });
    assert.deepEqual(pointsOf(metrics, 'requests')[0].attributes, {
      'lagpipe.linkerd.router': 'http',
      'lagpipe.linkerd.service': 'client',
    });
  });

  it('reads no more than max_scopes, and counts the others', () => {
    const client = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`c${index}`, figures]));
    const { context, feed } = decoding(2);
    assert.equal(pointsOf(feed({ rt: { http: { client } } }), 'requests').length, 2);
    assert.deepEqual(context.counter.snapshot().dropped, { scope_limit: 3 });
  });
});

describe('linkerd decoder: windows', () => {
  const stat = (count: number, p99: number) => ({
    'stat.count': count,
    ...(count > 0 && { 'stat.sum': count * 10, 'stat.p50': 10, 'stat.p99': p99, 'stat.max': p99 }),
  });
  const latency = { ...CLIENT, 'lagpipe.quantile': 0.99 };

  it('sends a window once, however often it is read, and adds the windows up', () => {
    const { feed } = decoding();
    const first = feed(documentOf(1, stat(5, 40)), 1000);
    assert.equal(figureOf(first, 'request_latency.quantile', latency), 0.04);
    assert.equal(figureOf(first, 'request_latency.count', CLIENT), 5);
    assert.deepEqual(pointOf(first, 'request_latency.count', CLIENT)?.startTime, [940, 0]);
    const again = feed(documentOf(2, stat(5, 40)), 1010);
    assert.deepEqual(pointsOf(again, 'request_latency.count'), []);
    assert.equal(figureOf(again, 'requests', CLIENT), 2);
    const second = feed(documentOf(3, stat(7, 90)), 1020);
    assert.equal(figureOf(second, 'request_latency.count', CLIENT), 12);
    assert.equal(figureOf(second, 'request_latency.sum', CLIENT), 0.12);
    assert.equal(figureOf(second, 'request_latency.quantile', latency), 0.09);
  });

  it('knows that an equal window is a new one once the time of a window has passed', () => {
    const { feed } = decoding();
    const counts = [0, 30, 59, 60, 119, 120].map((second) =>
      figureOf(feed(documentOf(1, stat(5, 40)), 1000 + second), 'request_latency.count', CLIENT),
    );
    assert.deepEqual(counts, [5, undefined, undefined, 10, undefined, 15]);
  });

  it('makes no quantiles of a window in which nothing happened', () => {
    const metrics = decoding().feed(documentOf(1, stat(0, 0)), 1000);
    assert.equal(figureOf(metrics, 'request_latency.count', CLIENT), 0);
    assert.deepEqual(pointsOf(metrics, 'request_latency.quantile'), []);
  });
});

describe('linkerd decoder: counters', () => {
  it('begins anew when linkerd was started again, also when it has more than before', () => {
    const { feed } = decoding();
    feed(documentOf(10, {}, 1_000_000), 2000);
    const point = pointOf(feed(documentOf(50, {}, 2_005_000), 2010), 'requests', CLIENT);
    assert.deepEqual([point?.value, point?.startTime], [50, [2005, 0]]);
  });

  it('begins anew when a counter falls while the process goes on', () => {
    const { feed } = decoding();
    feed(documentOf(10, {}, 1_000_000), 2000);
    const point = pointOf(feed(documentOf(3, {}, 1_000_000), 2010), 'requests', CLIENT);
    assert.deepEqual([point?.value, point?.startTime], [3, [2000, 0]]);
  });

  it('uses the first reading where linkerd does not say when it began, or says a time that is yet to come', () => {
    const { feed } = decoding();
    const point = pointOf(feed(documentOf(10, {}, 9_000_000), 2000), 'requests', CLIENT);
    assert.deepEqual(point?.startTime, [2000, 0]);
  });
});

describe('linkerd decoder: how the scrape went', () => {
  it('says up or down, and how old the figures are', () => {
    const { answer } = decoding();
    assert.deepEqual(
      answer('failed', 10).map(({ name }) => name),
      ['lagpipe.linkerd.up', 'lagpipe.linkerd.scrape_duration'],
    );
    const ok = answer('ok', 20);
    assert.equal(figureOf(ok, 'up', {}), 1);
    assert.equal(figureOf(ok, 'answer_age', {}), 0);
    const failed = answer('failed', 30);
    assert.equal(figureOf(failed, 'up', {}), 0);
    assert.equal(figureOf(failed, 'answer_age', {}), 10);
    assert.deepEqual(
      answer('waiting', 45).map((metric) => [metric.name, pointsOf([metric], 'answer_age')[0]?.value]),
      [['lagpipe.linkerd.answer_age', 25]],
    );
  });

  it('speaks for linkerd and not for the agent', () => {
    const { decode } = decoding();
    const [batch] = decode({
      name: chunkNames.body('x'),
      time: [1, 0],
      bytes: Buffer.from(JSON.stringify(TREE)),
    });
    assert.deepEqual(batch.resource.attributes, {
      'host.name': 'test',
      'service.name': 'linkerd',
      'service.instance.id': '127.0.0.1:9990',
      'server.address': '127.0.0.1',
      'server.port': 9990,
    });
  });
});

describe('linkerd decoder: any input', () => {
  it('never throws, whatever the document holds', () => {
    const figure = fc.oneof(
      fc.record({ counter: fc.anything() }),
      fc.record({ gauge: fc.double() }),
      fc.record({ 'stat.count': fc.nat(), 'stat.p99': fc.anything() }),
      fc.anything(),
    );
    const keys = fc.constantFrom(
      'rt',
      'client',
      'service',
      'dst',
      'id',
      'requests',
      'connects',
      'request_latency_ms',
      '__proto__',
      'constructor',
      'a/b',
    );
    const tree = fc.letrec((tie) => ({
      node: fc.oneof({ depthSize: 'small' }, figure, fc.dictionary(keys, tie('node'), { maxKeys: 4 })),
    })).node;
    fc.assert(
      fc.property(tree, fc.dictionary(keys, tree), (router, root) => {
        const { feed } = decoding();
        for (const metric of [...feed({ ...root, rt: { http: router } }), ...feed(root)]) {
          assert.ok(metric.points.every((point) => 'value' in point && Number.isFinite(point.value)));
        }
      }),
    );
  });

  it('counts a body that is no document', () => {
    for (const text of ['', '{"rt": {', '[1, 2]', 'null', '<html>']) {
      const { context, feedBytes } = decoding();
      assert.deepEqual(feedBytes(Buffer.from(text)), []);
      assert.deepEqual(context.counter.snapshot().dropped, { malformed_body: 1 }, text);
    }
  });
});
