import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSockstat } from './parse-sockstat.ts';
import { bytesOf, captured } from './testdata/captured-files.ts';

describe('parseSockstat', () => {
  it('reads real files', () => {
    const v4 = parseSockstat(bytesOf(captured('t1', 'net/sockstat')));
    assert.equal(v4.malformed, 0);
    assert.deepEqual(v4.figures.slice(0, 3), [
      { protocol: 'sockets', field: 'used', value: 15 },
      { protocol: 'TCP', field: 'inuse', value: 1 },
      { protocol: 'TCP', field: 'orphan', value: 0 },
    ]);
    assert.deepEqual(v4.figures[5], { protocol: 'TCP', field: 'mem', value: 118 });
    const v6 = parseSockstat(bytesOf(captured('t1', 'net/sockstat6')));
    assert.deepEqual(
      v6.figures.map(({ protocol }) => protocol),
      ['TCP6', 'UDP6', 'UDPLITE6', 'RAW6', 'FRAG6', 'FRAG6'],
    );
  });

  it('counts lines that it cannot read', () => {
    assert.deepEqual(parseSockstat(bytesOf('TCP: inuse\nTCP inuse 3\nUDP: inuse 4\n')), {
      figures: [{ protocol: 'UDP', field: 'inuse', value: 4 }],
      malformed: 2,
    });
  });
});
