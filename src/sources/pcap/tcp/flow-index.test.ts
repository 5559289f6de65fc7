import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { emptySegment, type Segment } from '../segment.ts';
import { FlowIndex } from './flow-index.ts';

interface Ends {
  readonly ipVersion: 4 | 6;
  readonly addresses: readonly [number, number];
  readonly ports: readonly [number, number];
}

/** Few values, so that keys share all but one part, and some of which the sign bit is set. */
const ends: fc.Arbitrary<Ends> = fc.record({
  ipVersion: fc.constantFrom(4, 6),
  addresses: fc.tuple(fc.constantFrom(1, 2, 0xffff_ffff), fc.constantFrom(1, 2, 0xc000_0201)),
  ports: fc.tuple(fc.constantFrom(80, 40_000, 65_535), fc.constantFrom(80, 443)),
});

function segmentOf({ ipVersion, addresses, ports }: Ends, reversed = false): Segment {
  const [source, destination] = reversed ? [1, 0] : [0, 1];
  const upper = ipVersion === 4 ? 0 : 0x2001_0db8;
  return {
    ...emptySegment(),
    ipVersion,
    source0: upper,
    destination0: upper,
    source2: ipVersion === 4 ? 0xffff : 0,
    destination2: ipVersion === 4 ? 0xffff : 0,
    source3: addresses[source],
    destination3: addresses[destination],
    sourcePort: ports[source],
    destinationPort: ports[destination],
  };
}

/** The same text for both directions. */
function keyOf({ ipVersion, addresses, ports }: Ends): string {
  const sides = [`${addresses[0]}:${ports[0]}`, `${addresses[1]}:${ports[1]}`].sort();
  return `${ipVersion} ${sides.join(' ')}`;
}

describe('FlowIndex', () => {
  it('finds a connection from both sides and says which', () => {
    const index = new FlowIndex(16);
    const connection: Ends = { ipVersion: 4, addresses: [0xc000_0201, 0xc000_0202], ports: [40_000, 80] };
    index.insert(3, segmentOf(connection));
    assert.equal(index.find(segmentOf(connection)), 6);
    assert.equal(index.find(segmentOf(connection, true)), 7);
    assert.equal(index.port(3, 0), 40_000);
    assert.equal(index.port(3, 1), 80);
    assert.equal(index.addressWord(3, 1, 3) >>> 0, 0xc000_0202);
  });

  it('finds what a map finds, whatever comes, goes and grows', () => {
    const operation = fc.tuple(fc.constantFrom('toggle', 'look', 'grow'), ends, fc.boolean());
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 120 }), (operations) => {
        const index = new FlowIndex(64);
        const expected = new Map<string, number>();
        const free = Array.from({ length: 64 }, (_, slot) => slot);
        for (const [what, connection, reversed] of operations) {
          const key = keyOf(connection);
          const slot = expected.get(key);
          if (what === 'grow') {
            index.grow(128);
          } else if (what === 'look') {
            const found = index.find(segmentOf(connection, reversed));
            assert.equal(found < 0 ? undefined : found >> 1, slot);
          } else if (slot === undefined) {
            expected.set(key, free[0]);
            index.insert(free.shift()!, segmentOf(connection, reversed));
          } else {
            expected.delete(key);
            index.remove(slot);
            free.push(slot);
          }
        }
      }),
    );
  });
});
