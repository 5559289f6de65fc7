import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { configOf, connects, packets, RunningSink } from './otlp-fixtures.ts';
import { OtlpReceiver, sumOf } from './otlp-receiver.ts';

describe('otlp to a receiver that refuses', () => {
  it('counts what a partial success rejects, and never sends it again', async () => {
    await using receiver = await OtlpReceiver.start({
      answer: () => ({ kind: 'partial', rejected: 3, message: 'too old' }),
    });
    await using sink = await RunningSink.start(configOf(receiver.endpoint));
    for (const batch of [packets(10), connects(10), packets(10)]) {
      assert.deepEqual(await sink.write(batch), { delivered: 7, rejected: { partial_success: 3 } });
    }
    assert.equal(receiver.headers.length, 3);
    assert.deepEqual(sink.context.messages, [
      `${receiver.endpoint} rejects some data points: too old (further ones are only counted)`,
      `${receiver.endpoint} rejects some events: too old (further ones are only counted)`,
    ]);
  });

  it('takes no more back than it sent, and passes on a warning', async () => {
    await using receiver = await OtlpReceiver.start({
      answer: (request) => ({ kind: 'partial', rejected: request === 0 ? 99 : 0, message: 'deprecated' }),
    });
    await using sink = await RunningSink.start(configOf(receiver.endpoint));
    assert.deepEqual(await sink.write(packets(2)), { delivered: 0, rejected: { partial_success: 2 } });
    assert.deepEqual(await sink.write(packets(2)), { delivered: 2, rejected: {} });
    assert.equal(
      sink.context.messages.at(-1),
      `${receiver.endpoint} accepts metrics with a warning: deprecated`,
    );
  });

  for (const [name, code] of [
    ['invalid_argument', status.INVALID_ARGUMENT],
    ['unauthenticated', status.UNAUTHENTICATED],
    ['internal', status.INTERNAL],
    ['unimplemented', status.UNIMPLEMENTED],
    ['resource_exhausted', status.RESOURCE_EXHAUSTED],
  ] as const) {
    it(`gives up at once on ${name}`, async () => {
      await using receiver = await OtlpReceiver.start({ answer: () => ({ kind: 'error', code }) });
      await using sink = await RunningSink.start(configOf(receiver.endpoint));
      assert.deepEqual(await sink.write(packets(4)), { delivered: 0, rejected: { [name]: 4 } });
      assert.equal(receiver.headers.length, 1);
      assert.match(sink.status, new RegExp(`^degraded \\| .* answers ${name.toUpperCase()}: as told`));
    });
  }

  for (const code of [
    status.CANCELLED,
    status.ABORTED,
    status.OUT_OF_RANGE,
    status.UNAVAILABLE,
    status.DATA_LOSS,
  ]) {
    it(`tries again after ${status[code]}`, async () => {
      await using receiver = await OtlpReceiver.start({
        answer: (request) => (request < 2 ? { kind: 'error', code } : { kind: 'ok' }),
      });
      await using sink = await RunningSink.start(configOf(receiver.endpoint));
      assert.deepEqual(await sink.write(packets(4)), { delivered: 4, rejected: {} });
      assert.equal(receiver.headers.length, 3);
      assert.deepEqual(
        sink.context.statuses.map(({ state }) => state),
        ['degraded', 'live'],
        'the same failure twice is one report',
      );
    });
  }

  it('comes back when the receiver asked for it, but not after the limit', async () => {
    const busy = { kind: 'error', code: status.RESOURCE_EXHAUSTED, retryAfterMillis: 300 } as const;
    await using receiver = await OtlpReceiver.start({
      answer: (request) => (request === 1 ? { kind: 'ok' } : busy),
    });
    await using patient = await RunningSink.start(configOf(receiver.endpoint));
    const before = performance.now();
    assert.deepEqual(await patient.write(packets(1)), { delivered: 1, rejected: {} });
    // A timer may fire up to a millisecond early; a slow machine only makes this later.
    assert.ok(performance.now() - before >= 299, 'it waited as long as it was asked to');
    const retry = { initial_interval: 20, max_interval: 20, max_elapsed: 200 };
    await using hasty = await RunningSink.start(configOf(receiver.endpoint, { retry }));
    assert.deepEqual(await hasty.write(packets(1)), { delivered: 0, rejected: { resource_exhausted: 1 } });
    assert.equal(receiver.headers.length, 3);
  });

  it('waits no longer than the timeout for an answer', async () => {
    await using receiver = await OtlpReceiver.start({
      answer: (request) => (request === 0 ? { kind: 'silence' } : { kind: 'ok' }),
    });
    await using sink = await RunningSink.start(configOf(receiver.endpoint, { timeout: 150 }));
    assert.deepEqual(await sink.write(packets(1)), { delivered: 1, rejected: {} });
    assert.deepEqual(
      sink.context.statuses.map(({ detail }) => detail),
      [`no answer from ${receiver.endpoint} within 150 ms`, `sends to ${receiver.endpoint}, plaintext, gzip`],
    );
  });
});

describe('otlp to a receiver that goes away', () => {
  it('delivers everything when it is back', async () => {
    const first = await OtlpReceiver.start();
    const { port, endpoint } = first;
    await using sink = await RunningSink.start(configOf(endpoint));
    assert.deepEqual(await sink.write(packets(10)), { delivered: 10, rejected: {} });
    await first.stop();

    const duringOutage = sink.write(packets(200));
    await sink.reports('degraded', 'nothing listens there');
    assert.match(sink.status, /start the receiver or correct endpoint$/);
    await using second = await OtlpReceiver.start({ port });
    assert.deepEqual(await duringOutage, { delivered: 200, rejected: {} });
    assert.deepEqual(await sink.write(packets(3_000)), { delivered: 3_000, rejected: {} });

    assert.equal(sumOf(first.metrics, 'test.packets'), 10);
    assert.equal(sumOf(second.metrics, 'test.packets'), 3_200);
    // The connection that breaks is told apart from the port that is closed afterwards.
    assert.deepEqual(
      sink.context.statuses.map(({ state }) => state).filter((state, index, all) => state !== all[index - 1]),
      ['live', 'degraded', 'live'],
    );
  });

  it('gives up after retry.max_elapsed', async () => {
    const receiver = await OtlpReceiver.start();
    const { endpoint } = receiver;
    await receiver.stop();
    const retry = { initial_interval: 20, max_interval: 40, max_elapsed: 200 };
    await using sink = await RunningSink.start(configOf(endpoint, { retry }));
    assert.deepEqual(await sink.write(packets(5)), { delivered: 0, rejected: { unavailable: 5 } });
    assert.equal(sink.context.statuses.length, 1);
  });

  it('stops at once while it retries or waits for an answer', async () => {
    await using receiver = await OtlpReceiver.start({ answer: () => ({ kind: 'silence' }) });
    const waiting = await RunningSink.start(configOf(receiver.endpoint, { timeout: 600_000 }));
    const retry = { initial_interval: 60_000, max_interval: 60_000, max_elapsed: 600_000 };
    const retrying = await RunningSink.start(configOf('http://127.0.0.1:9', { retry }));
    const [unanswered, unsent] = [waiting.write(packets(2)), retrying.write(packets(3))];
    await retrying.reports('degraded');
    while (receiver.headers.length === 0) await sleep(5);
    await Promise.all([waiting.stop(), retrying.stop()]);
    assert.deepEqual(await unanswered, { delivered: 0, rejected: { shutdown: 2 } });
    assert.deepEqual(await unsent, { delivered: 0, rejected: { shutdown: 3 } });
  });
});
