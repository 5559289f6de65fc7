import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OutputLost, type SinkInstance, type WriteResult } from '../component.ts';
import { type Batch, eventBatchOf } from '../model/batch.ts';
import type { QueueOptions } from './queue.ts';
import { SinkRunner } from './sink-runner.ts';
import { ComponentCounter } from './telemetry.ts';

function batchOf(records: number): Batch {
  const head = {
    resource: { attributes: {} },
    scope: { name: 'test', version: '0' },
    name: 'e',
    severityNumber: 9,
  };
  return eventBatchOf(
    head,
    Array.from({ length: records }, (_, index) => ({ time: [index, 0] as const, attributes: {} })),
  );
}

function runnerFor(sink: SinkInstance, queue: QueueOptions = { size: 10, whenFull: 'drop_newest' }) {
  const counter = new ComponentCounter('sink', 'test', '');
  const messages: string[] = [];
  const say = (message: string) => {
    messages.push(message);
  };
  let closed = false;
  const runner = new SinkRunner({
    sink,
    queue,
    counter,
    log: { info: say, warn: say, error: say },
    onOutputLost: () => {
      closed = true;
    },
  });
  return { runner, counter, messages, isClosed: () => closed };
}

/** in = delivered + rejected + dropped + queued, which must hold at every moment. */
function assertSum(counter: ComponentCounter): void {
  const { in: received, delivered, rejected, dropped, queued } = counter.snapshot();
  const given = [...Object.values(rejected), ...Object.values(dropped)].reduce(
    (sum, records) => sum + records,
    0,
  );
  assert.equal(received, delivered + given + queued);
}

const never = new Promise<void>(() => {});

describe('SinkRunner', () => {
  it('delivers in order, one batch at a time', async () => {
    const written: number[] = [];
    let writing = 0;
    const { runner, counter } = runnerFor({
      write: async (batch) => {
        assert.equal(writing++, 0);
        await new Promise(setImmediate);
        writing--;
        written.push(batch.kind === 'events' ? batch.length : 0);
        return { delivered: batch.kind === 'events' ? batch.length : 0 };
      },
    });
    for (const records of [1, 2, 3]) runner.push(batchOf(records));
    await runner.stop(never, never);
    assert.deepEqual(written, [1, 2, 3]);
    assert.equal(counter.deliveredRecords, 6);
    assertSum(counter);
  });

  it('counts what a full queue drops while the sink is slow', async () => {
    const { promise, resolve } = Promise.withResolvers<WriteResult>();
    const { runner, counter } = runnerFor({ write: () => promise }, { size: 4, whenFull: 'drop_newest' });
    for (let pushed = 0; pushed < 5; pushed++) runner.push(batchOf(2));
    assertSum(counter);
    assert.deepEqual(counter.snapshot().dropped, { queue_full: 4 });
    resolve({ delivered: 2 });
    await runner.stop(never, never);
    assertSum(counter);
    assert.equal(counter.queued, 0);
  });

  it('rejects the batch that a sink throws on and says so once', async () => {
    const { runner, counter, messages } = runnerFor({
      write: () => {
        throw new Error('disk full');
      },
    });
    for (let pushed = 0; pushed < 3; pushed++) runner.push(batchOf(1));
    await runner.stop(never, never);
    assert.deepEqual(counter.snapshot().rejected, { error: 3 });
    assert.deepEqual(messages, ['disk full']);
  });

  it('counts records that a sink forgot to account for', async () => {
    const { runner, counter } = runnerFor({ write: () => ({ delivered: 1, rejected: { too_old: 1 } }) });
    runner.push(batchOf(3));
    await runner.stop(never, never);
    assert.deepEqual(counter.snapshot().rejected, { too_old: 1, unaccounted: 1 });
    assertSum(counter);
  });

  it('gives up at the shutdown limit and counts what was left', async () => {
    const { runner, counter, messages } = runnerFor({ write: () => new Promise(() => {}) });
    for (const records of [1, 2, 3]) runner.push(batchOf(records));
    await runner.stop(Promise.resolve(), Promise.resolve());
    assert.deepEqual(counter.snapshot().dropped, { shutdown: 5 });
    assert.equal(counter.queued, 1, 'the batch in the hands of the sink');
    assert.equal(messages.length, 1);
    assertSum(counter);
  });

  it('lets a sink settle the batch in its hands when it is stopped at the limit', async () => {
    const { promise, resolve } = Promise.withResolvers<WriteResult>();
    const { runner, counter } = runnerFor({
      write: () => promise,
      stop: async () => resolve({ delivered: 0, rejected: { shutdown: 2 } }),
    });
    runner.push(batchOf(2));
    await runner.stop(Promise.resolve(), never);
    assert.deepEqual(counter.snapshot().rejected, { shutdown: 2 });
    assert.equal(counter.queued, 0);
  });

  it('tells the agent when nobody reads the output any more, without complaint', async () => {
    const { runner, messages, isClosed } = runnerFor({
      write: () => {
        throw new OutputLost(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    runner.push(batchOf(1));
    await runner.stop(never, never);
    assert.equal(isClosed(), true);
    assert.deepEqual(messages, []);
  });

  it('tells the agent when the output has failed for good, and says why once', async () => {
    const { runner, messages, isClosed } = runnerFor({
      write: () => {
        throw new OutputLost(new Error('no space left on device'));
      },
    });
    runner.push(batchOf(1));
    runner.push(batchOf(1));
    await runner.stop(never, never);
    assert.equal(isClosed(), true);
    assert.deepEqual(messages, ['no space left on device']);
  });
});
