import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import type { ExponentialHistogramPoint } from '../../src/model/metric.ts';
import { OtlpReceiver } from '../e2e/otlp-receiver.ts';
import { AgentProcess, type HistogramValue } from './lib/agent-process.ts';
import { trafficBinary, whyNoKernelTests } from './lib/host.ts';

const skip = whyNoKernelTests() ?? false;

/** What identifies one point of one stage, and the buckets that the two sides must agree on. */
function keyOf(stage: unknown, seconds: number, nanoseconds: number): string {
  return `${stage} at ${seconds}.${String(nanoseconds).padStart(9, '0')}`;
}

function bucketsOf({ count, sum, scale, zeroCount, positive }: HistogramValue | ExponentialHistogramPoint) {
  return { count, sum, scale, zeroCount, offset: positive.offset, bucketCounts: [...positive.bucketCounts] };
}

describe('from the kernel to an OTLP receiver', { skip, concurrency: false }, () => {
  it('delivers every histogram bucket for bucket', async () => {
    await using receiver = await OtlpReceiver.start();
    await using agent = new AgentProcess('  ebpf_stack_latency: { interval: 200ms }', {
      sinks: `  otlp: { endpoint: "${receiver.endpoint}" }`,
    });
    await agent.live('ebpf_stack_latency');
    for (const protocol of ['tcp', 'udp']) {
      execFileSync(trafficBinary(), ['messages', protocol, '4', '2000', '100', '3000']);
    }
    const { exitCode, records } = await agent.stop();
    assert.equal(exitCode, 0, agent.stderr);

    const received = new Map<string, unknown>();
    for (const { metrics } of receiver.metrics) {
      for (const metric of metrics) {
        if (metric.kind !== 'exponential_histogram') continue;
        for (const point of metric.points) {
          received.set(keyOf(point.attributes['lagpipe.stack.stage'], ...point.time), bucketsOf(point));
        }
      }
    }
    const counted = new Map<string, unknown>();
    let samples = 0;
    for (const { metric, attributes, time, value } of records) {
      if (metric !== 'lagpipe.stack.latency' || value === undefined) continue;
      const seconds = Date.parse(`${time.slice(0, 19)}Z`) / 1000;
      counted.set(
        keyOf(attributes['lagpipe.stack.stage'], seconds, Number(time.slice(20, 29))),
        bucketsOf(value),
      );
      samples += value.count;
    }
    assert.ok(samples >= 4000 * 4, `${samples} samples`);
    assert.deepEqual(received, counted);
  });
});
