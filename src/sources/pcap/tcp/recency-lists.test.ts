import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RecencyLists } from './recency-lists.ts';

describe('RecencyLists', () => {
  it('keep the order of use, as two plain lists do', () => {
    const operation = fc.tuple(fc.nat(7), fc.constantFrom('touch', 'move', 'remove'));
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const lists = new RecencyLists(2, 4);
        lists.grow(8);
        const expected: [number[], number[]] = [[], []];
        for (const [slot, what] of operations) {
          const on = expected.findIndex((list) => list.includes(slot));
          if (on < 0) {
            lists.add(0, slot);
            expected[0].push(slot);
            continue;
          }
          expected[on] = expected[on].filter((other) => other !== slot);
          if (what === 'touch') lists.touch(on, slot);
          else lists.remove(on, slot);
          if (what === 'move') lists.add(1 - on, slot);
          if (what !== 'remove') expected[what === 'move' ? 1 - on : on].push(slot);
        }
        for (const list of [0, 1]) {
          assert.equal(lists.size(list), expected[list].length);
          for (const slot of expected[list]) {
            assert.equal(lists.oldest(list), slot);
            lists.remove(list, slot);
          }
          assert.equal(lists.oldest(list), -1);
        }
      }),
    );
  });
});
