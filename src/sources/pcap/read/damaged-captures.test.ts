import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { block, ethernet, ipv4, ipv6, option, pcapFile, tcp } from '../testdata/packets.ts';
import { CaptureReader } from './capture-reader.ts';
import { CAPTURE_END } from './chunk-names.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const INNER = ethernet(ipv4(tcp({ payload: 'inside', options: new Uint8Array(12).fill(1) })));
const VXLAN = ipv4(Buffer.concat([hex('0000 12b5 0000 0000 08000000 00002a00'), INNER]), { protocol: 17 });
const LONG = tcp({ payload: 'x'.repeat(400) });

const PACKETS = [
  INNER,
  ethernet(VXLAN),
  ethernet(ipv4(Buffer.concat([hex('2000 6558 0000002a'), INNER]), { protocol: 47 })),
  ethernet(ipv6(Buffer.concat([hex('2b00000000000000 0600000000000000'), LONG]), { nextHeader: 0 })),
  Buffer.concat([
    INNER.subarray(0, 12),
    hex('88a8 0001 8100 0002 8864 1100 0001 0041 0021'),
    INNER.subarray(14),
  ]),
  ethernet(ipv4(LONG.subarray(0, 200), { fragment: 0x2000 })),
  ethernet(ipv4(LONG.subarray(200), { fragment: 25 })),
  ethernet(new Uint8Array(28), 0x0806),
];

function pcapngFile(): Uint8Array {
  const packets = PACKETS.map((data, n) =>
    block(
      6,
      [
        [4, n % 2],
        [4, 0x60a24],
        [4, n],
        [4, data.length],
        [4, data.length],
      ],
      { data, options: [option(1, hex('6162'))] },
    ),
  );
  return Buffer.concat([
    block(0x0a0d0d0a, [
      [4, 0x1a2b3c4d],
      [2, 1],
      [2, 0],
      [8, 0],
    ]),
    block(
      1,
      [
        [2, 1],
        [2, 0],
        [4, 0],
      ],
      { options: [option(9, hex('09'))] },
    ),
    block(
      1,
      [
        [2, 1],
        [2, 0],
        [4, 0],
      ],
      { options: [option(9, hex('a0')), option(14, new Uint8Array(8))] },
    ),
    ...packets,
    block(3, [[4, INNER.length]], { data: INNER }),
    block(
      5,
      [
        [4, 0],
        [4, 0],
        [4, 0],
      ],
      { options: [option(5, new Uint8Array(8).fill(1))] },
    ),
    block(0x0bad, [], { data: new Uint8Array(64) }),
    ...packets,
  ]);
}

const records = [...PACKETS, ...PACKETS].map((bytes, n) => ({ bytes, time: [1000 + n, n] as const }));
const FILES = [
  pcapFile(records),
  pcapFile(records, { littleEndian: false, magic: 0xa1b2c3d4 }),
  pcapFile(records, { linkType: 276 }),
  pcapFile(records, { linkType: 239 }),
  pcapFile(records, { linkType: 9 }),
  pcapngFile(),
];

/** What happens to some bytes at a place: they become others, are cut out, or come twice. */
const damages = fc.array(
  fc.record({
    what: fc.constantFrom('overwrite', 'remove', 'repeat'),
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
    length: fc.integer({ min: 1, max: 300 }),
  }),
  { minLength: 1, maxLength: 6 },
);

function damaged(
  file: Uint8Array,
  list: typeof damages extends fc.Arbitrary<infer D> ? D : never,
): Uint8Array {
  let result = Buffer.from(file);
  for (const { what, at, bytes, length } of list) {
    const from = at % result.length;
    if (what === 'overwrite') result.set(bytes.subarray(0, result.length - from), from);
    else {
      const rest = what === 'remove' ? from + length : from - Math.min(length, from);
      result = Buffer.concat([result.subarray(0, from), result.subarray(rest)]);
    }
    if (result.length === 0) return file;
  }
  return result;
}

/** Everything that comes of the pieces, as one text, checked for what a consumer relies on. */
function outcome(pieces: readonly Uint8Array[]): string {
  const lines: string[] = [];
  const reader = new CaptureReader(
    { tunnels: ['vxlan', 'geneve', 'gre', 'ipip'], vxlan_ports: [4789] },
    ({ bytes, ...segment }) => {
      assert.ok(segment.optionsStart <= segment.optionsEnd && segment.optionsEnd <= bytes.length);
      assert.ok(segment.payloadCaptured >= 0 && segment.payloadCaptured <= segment.payloadLength);
      if (segment.payloadCaptured > 0) {
        assert.ok(segment.payloadStart + segment.payloadCaptured <= bytes.length);
      }
      assert.ok(Number.isInteger(segment.nanos) && Number.isInteger(segment.payloadLength));
      const payload = bytes.subarray(segment.payloadStart, segment.payloadStart + segment.payloadCaptured);
      const { optionsStart, optionsEnd, payloadStart, ...fields } = segment;
      lines.push(
        `${JSON.stringify(fields)} ${optionsEnd - optionsStart} ${Buffer.from(payload).toString('hex')}`,
      );
    },
    (_file, problem) => lines.push(problem),
  );
  for (const bytes of pieces) if (bytes.length > 0) reader.push({ name: 'x', bytes });
  reader.push({ name: CAPTURE_END, bytes: new Uint8Array(0) });
  const { counts } = reader;
  const passedOver = Object.values(counts.allPassedOver()).reduce((sum, packets) => sum + packets, 0);
  assert.equal(counts.packets, counts.segments + passedOver);
  assert.equal(counts.fragmentsHeld, 0);
  return [...lines, JSON.stringify([counts.packets, counts.allPassedOver(), counts.captureDropped])].join(
    '\n',
  );
}

it('damaged captures never throw, add up, and give the same however they are cut', () => {
  fc.assert(
    fc.property(
      fc.nat(FILES.length - 1),
      damages,
      fc.array(fc.nat(), { maxLength: 10 }),
      (index, list, cuts) => {
        const bytes = damaged(FILES[index], list);
        // That something is no capture is told from its first bytes, as many as there are.
        const at = [
          0,
          ...cuts.map((cut) => Math.max(64, cut % bytes.length)).sort((a, b) => a - b),
          bytes.length,
        ];
        const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        assert.equal(outcome(pieces), outcome([bytes]));
      },
    ),
    { numRuns: 2000 },
  );
});
