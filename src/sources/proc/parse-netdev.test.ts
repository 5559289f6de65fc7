import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseNetdev } from './parse-netdev.ts';
import { bytesOf, captured, trap } from './testdata/captured-files.ts';

describe('parseNetdev', () => {
  it('reads a real file', () => {
    const { rows, malformed } = parseNetdev(bytesOf(captured('t1', 'net/dev')));
    assert.equal(malformed, 0);
    assert.deepEqual(
      rows.map(({ device, receive }) => [device, receive.bytes, receive.packets]),
      [
        ['lo', 971_684, 10_452],
        ['ifb0', 0, 0],
        ['ifb1', 0, 0],
        ['eth0', 290_097_205, 8387],
      ],
    );
  });

  it('takes every column, behind an alias with a colon and without a space', () => {
    const { rows, malformed } = parseNetdev(bytesOf(trap('net/dev.alias-and-wide')));
    assert.equal(malformed, 0);
    assert.deepEqual(rows[1], {
      device: 'eth0:1',
      receive: { bytes: 1_234_567_890_123, packets: 1200, errors: 1, dropped: 2, fifo: 3 },
      transmit: { bytes: 9_876_543_210_987, packets: 1300, errors: 6, dropped: 7, fifo: 8 },
      frame: 4,
      multicast: 5,
      collisions: 9,
      carrier: 10,
    });
  });

  it('counts lines with too few numbers or without a name', () => {
    const { rows, malformed } = parseNetdev(
      bytesOf('eth0: 1 2 3\n: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\nnothing\n'),
    );
    assert.deepEqual(rows, []);
    assert.equal(malformed, 3);
  });
});
