import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import { eventAt } from '../../src/model/batch.ts';
import type { ExponentialHistogramMetric } from '../../src/model/metric.ts';
import { resourceMetricsOf } from '../../src/model/otlp.ts';
import { startLagpipe } from './lagpipe.ts';
import {
  batchOf,
  configOf,
  connects,
  END,
  NO_RETRY,
  packets,
  RunningSink,
  resource,
  START,
  scope,
} from './otlp-fixtures.ts';
import { OtlpReceiver, sumOf } from './otlp-receiver.ts';

const latency: ExponentialHistogramMetric = {
  kind: 'exponential_histogram',
  name: 'lagpipe.stack.latency',
  unit: 's',
  description: 'From the driver to the stage.',
  temporality: 'delta',
  points: ['ip-start', 'tcp-start'].map((stage, index) => ({
    attributes: { 'lagpipe.stack.stage': stage },
    startTime: START,
    time: END,
    count: 1_000_003 + index,
    sum: 12.5,
    scale: 3,
    zeroCount: 1 + index,
    positive: {
      offset: -160,
      bucketCounts: Array.from({ length: 120 }, (_, bucket) => bucket * bucket + index),
    },
  })),
};

describe('otlp to a receiver that works', () => {
  it('delivers exponential histograms bucket for bucket', async () => {
    await using receiver = await OtlpReceiver.start();
    await using sink = await RunningSink.start(configOf(receiver.endpoint));
    assert.deepEqual(await sink.write(batchOf(latency)), { delivered: 2, rejected: {} });
    const [received, ...others] = receiver.metrics;
    assert.equal(others.length, 0);
    assert.deepEqual(received.metrics, [latency]);
    assert.deepEqual(received.resource, resource.attributes);
    assert.deepEqual(received.scope, scope);
    assert.equal(sink.status, `live | sends to ${receiver.endpoint}, plaintext, gzip`);
  });

  it('delivers events as logs', async () => {
    await using receiver = await OtlpReceiver.start();
    await using sink = await RunningSink.start(configOf(receiver.endpoint));
    const batch = connects(3);
    assert.deepEqual(await sink.write(batch), { delivered: 3, rejected: {} });
    assert.deepEqual(
      receiver.events.flatMap(({ events }) => events),
      [0, 1, 2].map((index) => ({ ...eventAt(batch, index), severityNumber: 9 })),
    );
  });

  it('sends what the official exporter sends', async () => {
    await using receiver = await OtlpReceiver.start();
    await using sink = await RunningSink.start(configOf(receiver.endpoint));
    const batch = batchOf(latency, ...packets(3).metrics);
    await sink.write(batch);
    const exporter = new OTLPMetricExporter({ url: receiver.endpoint });
    const sdk = { AggregationTemporality, DataPointType, ValueType, resourceFromAttributes };
    await new Promise((resolve) => exporter.export(resourceMetricsOf(batch, sdk), resolve));
    await exporter.shutdown();
    const [ours, official] = receiver.metrics;
    assert.deepEqual(ours, official);
    assert.equal(receiver.messageBytes[0], receiver.messageBytes[1]);
  });

  it('sends headers: the config’s before the signal’s variable before the general one', async () => {
    await using receiver = await OtlpReceiver.start();
    const environment = {
      OTEL_EXPORTER_OTLP_HEADERS: 'a=general,b=general,c=per%20cent',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'a=signal,b=signal',
    };
    const config = configOf(receiver.endpoint, { headers: { A: 'config' } });
    await using sink = await RunningSink.start(config, environment);
    await sink.write(packets(1));
    await sink.write(connects(1));
    const [metrics, logs] = receiver.headers;
    assert.deepEqual([metrics.a, metrics.b, metrics.c], ['config', 'signal', 'per cent']);
    assert.deepEqual([logs.a, logs.b], ['config', 'general']);
    assert.match(String(metrics['user-agent']), /^lagpipe\/0\.0\.0 /);
  });

  for (const [compression, isSmaller] of [
    ['gzip', true],
    ['none', false],
  ] as const) {
    it(`sends ${compression === 'gzip' ? 'compressed' : 'plain'} messages with compression ${compression}`, async () => {
      await using receiver = await OtlpReceiver.start();
      await using sink = await RunningSink.start(configOf(receiver.endpoint, { compression }));
      await sink.write(packets(2_000));
      assert.equal(receiver.wireBytes < receiver.messageBytes[0] / 4, isSmaller, `${receiver.wireBytes} B`);
    });
  }

  it('splits a batch that is too large for one message, and loses nothing', async () => {
    await using receiver = await OtlpReceiver.start();
    await using sink = await RunningSink.start(configOf(receiver.endpoint, NO_RETRY));
    assert.deepEqual(await sink.write(packets(20_000)), { delivered: 20_000, rejected: {} });
    assert.equal(receiver.headers.length, 3);
    // 7,000 records of about 2 KiB are 14 MB: four messages.
    assert.deepEqual(await sink.write(packets(7_000, 'x'.repeat(2_000))), { delivered: 7_000, rejected: {} });
    assert.equal(receiver.headers.length, 7);
    assert.equal(sumOf(receiver.metrics, 'test.packets'), 27_000);
  });

  it('rejects a single record that no receiver takes, and sends the others', async () => {
    await using receiver = await OtlpReceiver.start();
    await using sink = await RunningSink.start(configOf(receiver.endpoint, NO_RETRY));
    const [small] = packets(2).metrics;
    const [huge] = packets(1, 'x'.repeat(5_000_000)).metrics;
    assert.deepEqual(await sink.write(batchOf(small, huge, small)), {
      delivered: 4,
      rejected: { too_large: 1 },
    });
    assert.equal(sumOf(receiver.metrics, 'test.packets'), 4);
  });

  it('takes the endpoint and the rest from the environment', async () => {
    await using receiver = await OtlpReceiver.start();
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `127.0.0.1:${receiver.port}`,
      OTEL_EXPORTER_OTLP_INSECURE: 'TRUE',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
    };
    const { endpoint: _, ...config } = configOf('', NO_RETRY);
    await using sink = await RunningSink.start(config, environment);
    assert.deepEqual(await sink.write(packets(1)), { delivered: 1, rejected: {} });
    assert.equal(sink.status, `live | sends to 127.0.0.1:${receiver.port}, plaintext`);
    assert.deepEqual(await sink.write(connects(1)), { delivered: 0, rejected: { unavailable: 1 } });
    assert.match(sink.status, /^degraded \| cannot reach http:\/\/127\.0\.0\.1:9: nothing listens there/);
  });
});

describe('a pipeline without otlp', () => {
  it('does not load gRPC', () => {
    const registry = JSON.stringify(join(import.meta.dirname, '../../src/registry.ts'));
    // grpc-js is CommonJS, so Node's module cache shows it; that it does is shown by a sink that has started.
    const script = `
      import { createRequire } from 'node:module';
      const loaded = () => Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes('grpc-js')).length;
      const { registry } = await import(${registry});
      const before = loaded();
      await registry.sinks.find(({ id }) => id === 'otlp').create(${JSON.stringify(configOf('http://127.0.0.1:9'))}, {
        scope: { name: '', version: '' },
      }).start();
      console.log(before, loaded() > 0);`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: join(import.meta.dirname, '../..'),
      encoding: 'utf8',
    });
    assert.equal(stdout.trim(), '0 true', stderr);
  });
});

describe('the bundled agent', () => {
  it('delivers everything to an OTLP receiver, as it is started by users', async () => {
    await using receiver = await OtlpReceiver.start();
    const input = `sources:
  proc: { interval: 100ms }
sinks:
  otlp: { endpoint: "${receiver.endpoint}" }
pipelines:
  host: { sources: [proc], sinks: [otlp] }
`;
    const { exitCode, stderr } = await startLagpipe(['run', '-', '--for', '1s', '--stats'], { input })
      .finished;
    assert.equal(exitCode, 0, stderr);
    const delivered = Number(/^sink otlp +\d+ +(\d+)/m.exec(stderr)?.[1]);
    assert.ok(delivered > 0, stderr);
    const received = receiver.metrics.flatMap(({ metrics }) => metrics.flatMap(({ points }) => [...points]));
    assert.equal(received.length, delivered);
  });
});
