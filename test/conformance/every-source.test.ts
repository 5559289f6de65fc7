import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { catchError, EMPTY, firstValueFrom, Subject, takeUntil, tap, timer, toArray } from 'rxjs';
import type { Chunk } from '../../src/component.ts';
import { registry } from '../../src/registry.ts';
import { testContext } from './context.ts';
import { exampleConfig } from './example-config.ts';
import { faultsOf } from './stated.ts';

/** Long enough for any source to start and to stop; a source that needs longer is a failure. */
const LIMIT_MILLIS = 10_000;

for (const source of registry.sources) {
  /** Runs the source until it has acquired something or said that it cannot, then stops it. */
  const observe = async () => {
    const stop$ = new Subject<void>();
    const context = testContext(source, { stop$ });
    let failure: unknown;
    const chunks$ = source.acquire(exampleConfig(source), context).pipe(
      tap(({ bytes }) => {
        if (bytes.length > 0) queueMicrotask(() => stop$.next());
      }),
      catchError((error: unknown) => {
        failure = error;
        return EMPTY;
      }),
      takeUntil(
        timer(LIMIT_MILLIS).pipe(tap(() => assert.fail('it neither acquired anything nor failed in time'))),
      ),
      toArray(),
    );
    return { context, chunks: await firstValueFrom(chunks$), failure };
  };

  describe(`source ${source.id}`, { concurrency: false }, () => {
    it('acquires and completes when the agent stops, or says in words why it cannot', async () => {
      const { context, chunks, failure } = await observe();
      if (failure === undefined) {
        assert.ok(chunks.some(({ bytes }) => bytes.length > 0));
        return;
      }
      const status = context.statuses.find(({ part }) => part === '');
      assert.equal(status?.state, 'failed');
      assert.ok(status.detail.length > 10 && status.remedy, 'a source that fails says why and what to do');
    });

    it('lets go of everything when it is unsubscribed', async () => {
      const context = testContext(source);
      const subscription = source
        .acquire(exampleConfig(source), context)
        .pipe(catchError(() => EMPTY))
        .subscribe();
      await firstValueFrom(timer(50));
      subscription.unsubscribe();
      assert.equal(subscription.closed, true);
    });

    it('decodes the same chunks to the same batches every time', async () => {
      const { chunks } = await observe();
      const decodeAll = () => {
        const decode = source.decoder(exampleConfig(source), testContext(source));
        return chunks.flatMap((chunk) => decode(chunk));
      };
      assert.deepEqual(decodeAll(), decodeAll());
    });

    it('sends nothing of this host that it does not state', async () => {
      const { chunks } = await observe();
      const decode = source.decoder(exampleConfig(source), testContext(source));
      const faults = chunks.flatMap((chunk) => decode(chunk)).flatMap((batch) => faultsOf(source, batch));
      assert.deepEqual([...new Set(faults)], []);
    });

    it('survives bytes that are not what they should be', async () => {
      const { chunks } = await observe();
      const names = new Set([...chunks.map(({ name }) => name), 'no such input']);
      for (const name of names) {
        for (const size of [0, 1, 15, 16, 17, 1000]) {
          const context = testContext(source);
          const decode = source.decoder(exampleConfig(source), context);
          decodeOrRefuse(() => decode({ time: [0, 0], name, bytes: randomBytes(size) } satisfies Chunk));
        }
      }
    });
  });
}

/** A decoder may refuse a chunk, which the engine counts; it may not hang or die of a fault of its own. */
function decodeOrRefuse(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    assert.ok(
      error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError),
      String(error),
    );
  }
}
