import assert from 'node:assert/strict';
import { SocketAddress } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipv4Text, ipv6Text } from './ip-text.ts';

function groups(...values: number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value >> 8, value & 0xff]));
}

test('writes IPv4 in dots', () => {
  assert.equal(ipv4Text(Uint8Array.of(192, 0, 2, 1)), '192.0.2.1');
});

test('writes IPv6 as RFC 5952 says', () => {
  const cases: readonly [Uint8Array, string][] = [
    [groups(0, 0, 0, 0, 0, 0, 0, 0), '::'],
    [groups(0, 0, 0, 0, 0, 0, 0, 1), '::1'],
    [groups(0xfe80, 0, 0, 0, 0, 0, 0, 0), 'fe80::'],
    // Section 4.2.2: one group of zeros is not shortened.
    [groups(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), '2001:db8:0:1:1:1:1:1'],
    // Section 4.2.3: the longest run, and the first of two equal ones.
    [groups(0x2001, 0, 0, 1, 0, 0, 0, 1), '2001:0:0:1::1'],
    [groups(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1), '2001:db8::1:0:0:1'],
    // Section 4.3: lower case.
    [groups(0x2001, 0xdb8, 0, 0, 0, 0, 0xaaaa, 0xbbbb), '2001:db8::aaaa:bbbb'],
    // Section 5: the well-known prefix of mapped IPv4.
    [groups(0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201), '::ffff:192.0.2.1'],
  ];
  for (const [bytes, text] of cases) assert.equal(ipv6Text(bytes), text);
});

test('any address reads back to the same bytes', () => {
  const group = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 0xffff }));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (values) => {
      const text = ipv6Text(groups(...values));
      assert.deepEqual(parse(text), values, text);
      assert.equal(new SocketAddress({ address: text, family: 'ipv6' }).family, 'ipv6');
    }),
  );
});

/** A reader of its own, so that a mistake in the writer cannot hide. */
function parse(text: string): number[] {
  const dotted = /^::ffff:(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (dotted) {
    const [a, b, c, d] = dotted.slice(1).map(Number);
    return [0, 0, 0, 0, 0, 0xffff, (a << 8) | b, (c << 8) | d];
  }
  const [head, tail] = text.split('::').map((side) => (side === '' ? [] : side.split(':')));
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length;
  return [...head, ...Array<string>(zeros).fill('0'), ...(tail ?? [])].map((part) =>
    Number.parseInt(part, 16),
  );
}
