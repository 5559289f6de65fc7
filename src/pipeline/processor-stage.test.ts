import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { map, type OperatorFunction, Subject, toArray } from 'rxjs';
import { type Batch, eventBatchOf } from '../model/batch.ts';
import { processorStage } from './processor-stage.ts';
import { ComponentCounter } from './telemetry.ts';

const HEAD = {
  resource: { attributes: {} },
  scope: { name: 'test', version: '0' },
  name: 'e',
  severityNumber: 9,
};

function batchOf(...values: number[]): Batch {
  return eventBatchOf(
    HEAD,
    values.map((value) => ({ time: [0, 0] as const, attributes: { value } })),
  );
}

function stage(create: () => OperatorFunction<Batch, Batch>) {
  const counter = new ComponentCounter('processor', 'test', 'p');
  const messages: string[] = [];
  const log = { info: () => {}, warn: () => {}, error: (message: string) => messages.push(message) };
  const input = new Subject<Batch>();
  const output: Batch[] = [];
  let completed = false;
  input.pipe(processorStage(create, counter, log)).subscribe({
    next: (batch) => output.push(batch),
    complete: () => {
      completed = true;
    },
  });
  return { input, output, counter, messages, isCompleted: () => completed };
}

const throwsOnThirteen: OperatorFunction<Batch, Batch> = map((batch) => {
  if (batch.kind === 'events' && batch.columns.get('value')?.kind === 'number') {
    const column = batch.columns.get('value');
    if (column?.kind === 'number' && column.values.includes(13)) throw new Error('unlucky');
  }
  return batch;
});

describe('processorStage', () => {
  it('loses the batch that a processor throws on and nothing else', () => {
    const { input, output, counter, messages } = stage(() => throwsOnThirteen);
    for (const batch of [batchOf(1), batchOf(13, 13), batchOf(2)]) input.next(batch);
    assert.equal(output.length, 2);
    assert.deepEqual(counter.snapshot().dropped, { processor_error: 2 });
    assert.equal(counter.held, 0);
    assert.deepEqual(messages, ['threw "unlucky"; 2 records dropped, carrying on']);
  });

  it('says the same failure once', () => {
    const { input, messages } = stage(() => throwsOnThirteen);
    for (let sent = 0; sent < 5; sent++) input.next(batchOf(13));
    assert.equal(messages.length, 1);
  });

  it('counts what a throwing processor held in its state', () => {
    const { input, counter } = stage(
      () => (source) =>
        source.pipe(
          throwsOnThirteen,
          toArray(),
          map((batches) => batches[0]),
        ),
    );
    for (const batch of [batchOf(1), batchOf(2), batchOf(13)]) input.next(batch);
    assert.deepEqual(counter.snapshot().dropped, { processor_error: 3 });
  });

  it('completes when its source does, even when the processor throws at the end', () => {
    const throwsAtEnd: OperatorFunction<Batch, Batch> = (source) =>
      source.pipe(
        toArray(),
        map(() => {
          throw new Error('late');
        }),
      );
    const { input, counter, isCompleted } = stage(() => throwsAtEnd);
    input.next(batchOf(1, 2));
    input.complete();
    assert.equal(isCompleted(), true);
    assert.deepEqual(counter.snapshot().dropped, { processor_error: 2 });
  });
});
