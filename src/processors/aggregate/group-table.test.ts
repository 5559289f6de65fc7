import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Attributes } from '../../model/attributes.ts';
import { eventBatchOf } from '../../model/batch.ts';
import { GroupTable } from './group-table.ts';

const HEAD = { resource: { attributes: {} }, scope: { name: '', version: '' }, name: 'x', severityNumber: 9 };
const OVERFLOW = { 'otel.metric.overflow': true };

function groupsOf(table: GroupTable, all: readonly Attributes[]): readonly Attributes[] {
  const batch = eventBatchOf(
    HEAD,
    all.map((attributes) => ({ time: [0, 0] as const, attributes })),
  );
  const groups = new Int32Array(all.length + 1);
  table.assign(batch, groups);
  return [...groups.subarray(0, all.length)].map((group) => table.attributesOf(group));
}

describe('GroupTable', () => {
  it('has one group without attributes', () => {
    assert.deepEqual(groupsOf(new GroupTable([], 10), [{ a: 1 }, {}]), [{}, {}]);
  });

  it('tells values apart, texts from numbers too, and leaves out what is not there', () => {
    const table = new GroupTable(['a', 'b'], 10);
    const all = [{ a: 'x', b: 1 }, { a: 'x' }, { b: 1 }, {}, { a: 'x', b: 1, c: 2 }];
    assert.deepEqual(groupsOf(table, all), [{ a: 'x', b: 1 }, { a: 'x' }, { b: 1 }, {}, { a: 'x', b: 1 }]);
    assert.deepEqual(groupsOf(table, [{ a: 1 }, { b: '1' }]), [{ a: 1 }, { b: '1' }]);
  });

  it('sends what has no group any more to the overflow, and keeps the groups that there are', () => {
    const table = new GroupTable(['a', 'b'], 3);
    const all = [
      { a: 1, b: 1 },
      { a: 1, b: 2 },
      { a: 2, b: 1 },
      { a: 1, b: 3 },
      { a: 1, b: 1 },
    ];
    assert.deepEqual(groupsOf(table, all), [
      { a: 1, b: 1 },
      { a: 1, b: 2 },
      OVERFLOW,
      OVERFLOW,
      { a: 1, b: 1 },
    ]);
    assert.deepEqual(
      groupsOf(table, [
        { a: 1, b: 2 },
        { a: 9, b: 9 },
      ]),
      [{ a: 1, b: 2 }, OVERFLOW],
    );
    assert.equal(table.size, 3);
  });

  it('puts a record into the same group, alone or in a batch', () => {
    const value = fc.oneof(fc.constantFrom('x', 'y', 'z'), fc.integer({ min: 0, max: 3 }));
    const attributes = fc.record({ a: value, b: value, c: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.array(fc.array(attributes)), fc.integer({ min: 2, max: 12 }), (batches, maxGroups) => {
        const table = new GroupTable(['a', 'b', 'c'], maxGroups);
        for (const batch of batches) {
          // A column holds numbers or texts: mixed ones become texts.
          const unmixed = batch.map((each) =>
            Object.fromEntries(Object.entries(each).map(([k, v]) => [k, `${v}`])),
          );
          groupsOf(table, unmixed).forEach((group, row) => {
            assert.equal(table.attributesOf(table.groupOf(unmixed[row])), group);
            if (group['otel.metric.overflow'] !== true) assert.deepEqual(group, unmixed[row]);
          });
        }
        assert.ok(table.size <= maxGroups);
      }),
    );
  });
});
