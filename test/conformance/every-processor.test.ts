import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EMPTY, from, lastValueFrom, Subject, toArray } from 'rxjs';
import { type Batch, recordsIn } from '../../src/model/batch.ts';
import { processorStage } from '../../src/pipeline/processor-stage.ts';
import { registry } from '../../src/registry.ts';
import { deepFreeze, testContext } from './context.ts';
import { exampleConfig } from './example-config.ts';
import { sampleBatches } from './sample-batches.ts';

for (const processor of registry.processors) {
  const create = (context = testContext(processor)) => ({
    context,
    operator: processorStage(
      () => processor.create(exampleConfig(processor), context),
      context.counter,
      context.log,
    ),
  });
  const run = (batches: readonly Batch[]) => {
    const { context, operator } = create();
    return lastValueFrom(from(batches).pipe(operator, toArray())).then((output) => ({ context, output }));
  };

  describe(`processor ${processor.id}`, () => {
    it('accounts for every record of every kind of data', async () => {
      const { context, output } = await run(sampleBatches());
      const { counter, messages } = context;
      assert.deepEqual(messages, [], 'it must not throw on any kind of data');
      assert.equal(
        counter.in,
        sampleBatches().reduce((sum, batch) => sum + recordsIn(batch), 0),
      );
      assert.equal(
        counter.out,
        output.reduce((sum, batch) => sum + recordsIn(batch), 0),
      );
      assert.equal(counter.held, 0, 'in + created = out + absorbed + dropped, once the stream has ended');
    });

    it('does not change what it is given', async () => {
      const { context } = await run(sampleBatches().map(deepFreeze));
      assert.deepEqual(context.messages, []);
    });

    it('keeps no state between subscriptions', async () => {
      const first = await run(sampleBatches());
      const second = await run(sampleBatches());
      assert.deepEqual(second.output, first.output);
    });

    it('completes on a stream without batches', async () => {
      const { operator } = create();
      assert.deepEqual(await lastValueFrom(EMPTY.pipe(operator, toArray())), []);
    });

    it('lets go of its source when nobody listens any more', () => {
      const { operator } = create();
      const source = new Subject<Batch>();
      source.pipe(operator).subscribe().unsubscribe();
      assert.equal(source.observed, false);
    });
  });
}
