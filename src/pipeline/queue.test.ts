import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Batch, eventBatchOf, recordsIn } from '../model/batch.ts';
import { BoundedQueue, type WhenFull } from './queue.ts';

function batchOf(records: number): Batch {
  const events = Array.from({ length: records }, (_, index) => ({
    time: [index, 0] as const,
    attributes: { index },
  }));
  const head = {
    resource: { attributes: {} },
    scope: { name: 'test', version: '0' },
    name: 'e',
    severityNumber: 9,
  };
  return eventBatchOf(head, events);
}

function queueOf(size: number, whenFull: WhenFull) {
  const dropped: number[] = [];
  const queue = new BoundedQueue({ size, whenFull }, (_, records) => dropped.push(records));
  return { queue, dropped };
}

describe('BoundedQueue', () => {
  it('drops the newest batch when full', () => {
    const { queue, dropped } = queueOf(5, 'drop_newest');
    for (const records of [3, 2, 1]) queue.push(batchOf(records));
    assert.deepEqual(dropped, [1]);
    assert.equal(queue.records, 5);
  });

  it('drops as many of the oldest as the newest needs', () => {
    const { queue, dropped } = queueOf(5, 'drop_oldest');
    for (const records of [2, 2, 4]) queue.push(batchOf(records));
    assert.deepEqual(dropped, [2, 2]);
    assert.equal(recordsIn(queue.shift()!), 4);
  });

  it('asks sources to wait at its size and lets them go on when half empty', () => {
    const { queue } = queueOf(4, 'block');
    const seen: boolean[] = [];
    queue.paused$.subscribe((paused) => seen.push(paused));
    queue.push(batchOf(2));
    queue.push(batchOf(2));
    assert.deepEqual(seen, [false, true]);
    queue.shift();
    assert.deepEqual(seen, [false, true, false]);
  });

  it('stays bounded when a source does not wait', () => {
    const { queue, dropped } = queueOf(4, 'block');
    for (let pushed = 0; pushed < 10; pushed++) queue.push(batchOf(2));
    assert.equal(queue.records, 8);
    assert.equal(dropped.length, 6);
  });

  it('lets a source that does not wait at once go up to the limit', () => {
    const dropped: number[] = [];
    const queue = new BoundedQueue({ size: 4, whenFull: 'block', limit: 12 }, (_, records) =>
      dropped.push(records),
    );
    for (let pushed = 0; pushed < 10; pushed++) queue.push(batchOf(2));
    assert.equal(queue.records, 12);
    assert.equal(dropped.length, 4);
  });

  it('takes a batch larger than itself when it is empty', () => {
    for (const whenFull of ['block', 'drop_newest', 'drop_oldest'] as const) {
      const { queue, dropped } = queueOf(1, whenFull);
      queue.push(batchOf(7));
      assert.equal(queue.records, 7);
      assert.deepEqual(dropped, []);
    }
  });

  it('accounts for every record, whatever comes', () => {
    const operation = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant('shift' as const));
    const whenFull = fc.constantFrom<WhenFull>('block', 'drop_newest', 'drop_oldest');
    fc.assert(
      fc.property(
        whenFull,
        fc.integer({ min: 1, max: 12 }),
        fc.array(operation),
        (policy, size, operations) => {
          const { queue, dropped } = queueOf(size, policy);
          let pushed = 0;
          let taken = 0;
          for (const each of operations) {
            if (each === 'shift') {
              const batch = queue.shift();
              taken += batch ? recordsIn(batch) : 0;
            } else {
              pushed += each;
              queue.push(batchOf(each));
            }
          }
          const lost = dropped.reduce((sum, records) => sum + records, 0);
          assert.equal(pushed, taken + lost + queue.records);
        },
      ),
    );
  });
});
