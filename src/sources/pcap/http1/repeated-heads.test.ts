import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RepeatedHeads } from './repeated-heads.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

function remembering(heads: readonly string[], most = 4): RepeatedHeads<string> {
  const repeated = new RepeatedHeads<string>(most);
  for (const head of heads) repeated.remember(bytesOf(head), 0, head.length, head);
  return repeated;
}

describe('RepeatedHeads', () => {
  const HEADS = [
    'content-length: 100',
    'content-length: 1000',
    'content-length: 4000',
    'connection: close',
  ].map((line) => `${line}\r\n\r\n`);

  it('knows each of a few heads again, at any place', () => {
    const repeated = remembering(HEADS);
    for (const head of HEADS) {
      const bytes = bytesOf(`12345${head}and more`);
      assert.equal(repeated.at(bytes, 5, bytes.length), head);
      assert.equal(repeated.length, head.length);
    }
  });

  it('knows no head that is cut, or that differs in a single byte', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ min: 1, max: 126, minLength: 8, maxLength: 40 }),
        fc.nat(),
        (head, wrong) => {
          const repeated = new RepeatedHeads<true>(4);
          repeated.remember(head, 0, head.length, true);
          assert.equal(repeated.at(head, 0, head.length), true);
          assert.equal(repeated.at(head, 0, head.length - 1), undefined);
          const other = head.slice();
          other[wrong % other.length] ^= 1;
          assert.equal(repeated.at(other, 0, other.length), undefined);
        },
      ),
    );
  });

  it('forgets the oldest for a new one', () => {
    const repeated = remembering([...HEADS, 'content-length: 7\r\n\r\n']);
    const known = HEADS.map((head) => repeated.at(bytesOf(head), 0, head.length));
    assert.deepEqual(known, [undefined, ...HEADS.slice(1)]);
  });

  it('remembers nothing that is long, short, or has a NUL in it', () => {
    for (const head of ['x'.repeat(5000), 'short', 'a head\0 with a NUL']) {
      assert.equal(remembering([head]).at(bytesOf(head), 0, head.length), undefined);
    }
  });

  it('tires of heads that never come again, and notices when some do', () => {
    const repeated = new RepeatedHeads<number>(4);
    const heads = Array.from({ length: 100 }, (_, index) => bytesOf(`cookie: number ${index}`));
    heads.forEach((head, index) => {
      repeated.remember(head, 0, head.length, index);
    });
    const again = bytesOf('cookie: always the same');
    let tries = 0;
    while (repeated.at(again, 0, again.length) === undefined && tries < 100) {
      repeated.remember(again, 0, again.length, -1);
      tries++;
    }
    assert.ok(tries > 1 && tries <= 8, String(tries));
  });
});
