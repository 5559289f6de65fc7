import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RepeatedBytes } from './repeated-bytes.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('RepeatedBytes', () => {
  it('tells the same bytes at any place, and one that differs anywhere', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ min: 1, max: 126, minLength: 1, maxLength: 40 }),
        fc.nat(7),
        fc.nat(),
        (bytes, place, wrong) => {
          const repeated = new RepeatedBytes();
          assert.ok(repeated.remember(bytes, 0, bytes.length));
          const other = new Uint8Array(place + bytes.length + 3);
          other.set(bytes, place);
          assert.ok(repeated.isAt(other, place, place + bytes.length));
          assert.ok(!repeated.isAt(other, place, place + bytes.length - 1), 'one byte is not there yet');
          const differing = other.slice();
          differing[place + (wrong % bytes.length)] ^= 1;
          assert.ok(!repeated.isAt(differing, place, differing.length));
        },
      ),
    );
  });

  it('remembers nothing at first, and not what is long', () => {
    const repeated = new RepeatedBytes();
    assert.ok(!repeated.isAt(bytesOf('GET'), 0, 3));
    assert.ok(!repeated.remember(new Uint8Array(5000), 0, 5000));
    assert.ok(!repeated.remember(bytesOf('GET /\0'), 0, 6), 'nor what has a NUL in it');
    assert.equal(repeated.length, 0);
  });

  it('takes what is not a number, read as one, for something new', () => {
    const bytes = new Uint8Array(8).fill(0xff);
    const repeated = new RepeatedBytes();
    assert.ok(repeated.remember(bytes, 0, 8));
    assert.ok(!repeated.isAt(bytes, 0, 8));
  });

  it('tires of bytes that never come again, and notices when some do', () => {
    const repeated = new RepeatedBytes();
    const remembered = Array.from({ length: 100 }, (_, index) => {
      const bytes = bytesOf(`GET /${index}`);
      return repeated.remember(bytes, 0, bytes.length);
    }).filter(Boolean).length;
    assert.ok(remembered < 25, String(remembered));
    const bytes = bytesOf('GET /again');
    let tries = 0;
    while (!repeated.isAt(bytes, 0, bytes.length)) {
      repeated.remember(bytes, 0, bytes.length);
      tries++;
    }
    assert.ok(tries <= 8, String(tries));
  });
});
