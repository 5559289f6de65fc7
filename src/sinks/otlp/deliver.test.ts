import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { VirtualTimeScheduler } from 'rxjs';
import { deliver, type Outcome, type RetryPolicy } from './deliver.ts';
import type { Reply } from './transport.ts';

const RETRY: RetryPolicy = { initialMillis: 1000, maxMillis: 4000, maxElapsedMillis: 30_000 };
const UNAVAILABLE: Reply = { kind: 'failure', code: 14, message: 'away' };
const DONE: Reply = { kind: 'response', bytes: new Uint8Array() };

/** Delivers in virtual time and notes when each attempt was made. */
async function attempts(
  replies: (attempt: number) => Reply,
  retry: Partial<RetryPolicy> = {},
): Promise<{ outcome: Outcome; times: number[] }> {
  const scheduler = new VirtualTimeScheduler();
  const times: number[] = [];
  let outcome: Outcome | undefined;
  const delivery = deliver(new Uint8Array(), {
    send: async () => {
      times.push(scheduler.now());
      return replies(times.length - 1);
    },
    retry: { ...RETRY, ...retry },
    scheduler,
    abort: new AbortController().signal,
    onFailure: () => {},
  }).then((settled) => {
    outcome = settled;
  });
  while (outcome === undefined) {
    scheduler.flush();
    await nextTurn();
  }
  await delivery;
  return { outcome, times };
}

const gaps = (times: readonly number[]) => times.slice(1).map((time, index) => time - times[index]);

describe('deliver', () => {
  it('makes one attempt when that works', async () => {
    const { outcome, times } = await attempts(() => DONE);
    assert.deepEqual(outcome, DONE);
    assert.deepEqual(times, [0]);
  });

  it('waits longer and longer, give or take half, and no longer than the limit', async () => {
    for (let run = 0; run < 20; run++) {
      const { times } = await attempts((attempt) => (attempt < 7 ? UNAVAILABLE : DONE), {
        maxElapsedMillis: 1e6,
      });
      const nominal = [1000, 1500, 2250, 3375, 4000, 4000, 4000];
      gaps(times).forEach((gap, index) => {
        assert.ok(
          gap >= nominal[index] / 2 && gap <= nominal[index] * 1.5,
          `${gap} ms is about ${nominal[index]}`,
        );
      });
      assert.equal(times.length, 8);
    }
  });

  it('gives up before it would exceed the limit', async () => {
    const { outcome, times } = await attempts(() => UNAVAILABLE);
    assert.deepEqual(outcome, { kind: 'given_up', reason: 'unavailable' });
    assert.ok(times.at(-1)! <= 30_000 && times.at(-1)! > 20_000, `${times.at(-1)}`);
  });

  it('never retries with a limit of zero', async () => {
    const { times } = await attempts(() => UNAVAILABLE, { maxElapsedMillis: 0 });
    assert.deepEqual(times, [0]);
  });

  it('waits at least as long as the receiver asks', async () => {
    const busy: Reply = { kind: 'failure', code: 8, message: '', retryAfterMillis: 9000 };
    const { times } = await attempts((attempt) => (attempt === 0 ? busy : DONE));
    assert.deepEqual(times, [0, 9000]);
  });

  it('retries the codes that OTLP names, and no others', async () => {
    const retried: number[] = [];
    for (let code = 1; code <= 16; code++) {
      const failure: Reply = { kind: 'failure', code, message: '' };
      const { times } = await attempts((attempt) => (attempt === 0 ? failure : DONE));
      if (times.length === 2) retried.push(code);
    }
    // CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS
    assert.deepEqual(retried, [1, 4, 10, 11, 14, 15]);
  });
});
