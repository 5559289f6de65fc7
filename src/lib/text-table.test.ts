import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type TableColumn, textTable } from './text-table.ts';
import { displayWidth } from './text-width.ts';

const COLUMNS: readonly TableColumn[] = [
  { header: 'NAME', align: 'left', shrinks: true },
  { header: 'extra', align: 'left', leaves: 0 },
  { header: 'rate', align: 'right', minWidth: 7 },
];

describe('textTable', () => {
  it('aligns cells, keeps minimum widths and lets a text row run across', () => {
    const { header, rows } = textTable(COLUMNS, [
      'a heading that is long',
      ['eth0', 'x', '12/s'],
      ['lo', 'y', '3/s'],
    ]);
    assert.deepEqual(
      [header, ...rows],
      ['NAME  extra     rate', 'a heading that is long', 'eth0  x         12/s', 'lo    y          3/s'],
    );
  });

  it('first lets columns leave, then shrinks, and says which ones left', () => {
    const rows = [['a-long-name-of-a-thing', 'x', '12/s']];
    assert.deepEqual(textTable(COLUMNS, rows, 31), {
      header: 'NAME                       rate',
      rows: ['a-long-name-of-a-thing     12/s'],
      widths: [22, 5, 7],
      left: ['extra'],
    });
    assert.deepEqual(textTable(COLUMNS, rows, 20).rows, ['a-long-nam…     12/s']);
  });

  it('never exceeds the width, whatever the cells', () => {
    const row = fc.oneof(fc.string(), fc.tuple(fc.string(), fc.string(), fc.string()));
    fc.assert(
      fc.property(fc.array(row), fc.integer({ min: 1, max: 60 }), (rows, width) => {
        const table = textTable(COLUMNS, rows, width);
        for (const line of [table.header, ...table.rows]) assert.ok(displayWidth(line) <= width);
      }),
    );
  });
});
