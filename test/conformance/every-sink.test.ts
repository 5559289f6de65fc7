import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Sink, WriteResult } from '../../src/component.ts';
import { recordsIn } from '../../src/model/batch.ts';
import { registry } from '../../src/registry.ts';
import { deepFreeze, testContext } from './context.ts';
import { exampleConfig } from './example-config.ts';
import { sampleBatches } from './sample-batches.ts';

const sum = (counts: Readonly<Record<string, number>> = {}) =>
  Object.values(counts).reduce((a, b) => a + b, 0);

/** A sink that writes to the terminal must not write into the test runner's report. */
async function withoutTerminal<T>(action: () => Promise<T>): Promise<T> {
  const write = process.stdout.write;
  process.stdout.write = ((_chunk: unknown, encoding?: unknown, done?: unknown) => {
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') callback();
    return true;
  }) as typeof write;
  try {
    return await action();
  } finally {
    process.stdout.write = write;
  }
}

/** Writes all samples, then stops the sink, which also ends what it still retries. */
async function writeSamples(sink: Sink): Promise<WriteResult[]> {
  const instance = sink.create(exampleConfig(sink), testContext(sink));
  await instance.start?.();
  const writes = sampleBatches().map((batch) => Promise.resolve(instance.write(deepFreeze(batch))));
  await instance.flush?.();
  await instance.stop?.();
  return Promise.all(writes);
}

for (const sink of registry.sinks) {
  describe(`sink ${sink.id}`, { concurrency: false }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'lagpipe-sink-'));
    const home = process.cwd();
    before(() => process.chdir(folder));
    after(() => {
      process.chdir(home);
      rmSync(folder, { recursive: true });
    });

    it('delivers or rejects every record of every kind of data', async () => {
      const results = await withoutTerminal(() => writeSamples(sink));
      sampleBatches().forEach((batch, index) => {
        const { delivered, rejected } = results[index];
        assert.equal(delivered + sum(rejected), recordsIn(batch), JSON.stringify(results[index]));
      });
    });

    it('previews every kind of data without touching anything', () => {
      const before = readdirSync(folder);
      const preview = sink.preview(exampleConfig(sink), testContext(sink));
      for (const batch of sampleBatches()) {
        const text = preview(deepFreeze(batch));
        assert.ok(text.endsWith('\n'), 'a preview is whole lines');
      }
      assert.deepEqual(readdirSync(folder), before);
    });

    it('stops without having been started', async () => {
      const instance = sink.create(exampleConfig(sink), testContext(sink));
      await withoutTerminal(async () => instance.stop?.());
    });
  });
}
