import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { block, ethernet, ipv4, ipv6, option, tcp } from '../testdata/packets.ts';
import { readAll } from '../testdata/read-all.ts';

const PACKET = ethernet(ipv4(tcp({ payload: 'hello' })));
const SECONDS = 1_700_000_000n;

interface Order {
  readonly littleEndian?: boolean;
}

function section(order: Order & { magic?: number; major?: number } = {}): Uint8Array {
  const { magic = 0x1a2b3c4d, major = 1 } = order;
  return block(
    0x0a0d0d0a,
    [
      [4, magic],
      [2, major],
      [2, 0],
      [8, 2n ** 64n - 1n],
    ],
    order,
  );
}

function describedInterface(
  { linkType = 1, snaplen = 0, ...order }: Order & { linkType?: number; snaplen?: number } = {},
  ...options: readonly Uint8Array[]
): Uint8Array {
  return block(
    1,
    [
      [2, linkType],
      [2, 0],
      [4, snaplen],
    ],
    { ...order, options },
  );
}

function packet(units: bigint, given: Order & { id?: number; bytes?: Uint8Array; captured?: number } = {}) {
  const { id = 0, bytes = PACKET, captured = bytes.length } = given;
  const fields = [
    [4, id],
    [4, units >> 32n],
    [4, units & 0xffffffffn],
    [4, captured],
    [4, bytes.length],
  ] as const;
  return block(6, fields, {
    ...given,
    data: bytes.subarray(0, captured),
    options: [option(1, Buffer.from('note'))],
  });
}

function read(...blocks: readonly Uint8Array[]) {
  return readAll(Buffer.concat(blocks));
}

/** Resolution option: negative power of ten, or of two with the upper bit. */
const resolution = (value: number) => option(9, Uint8Array.of(value));

describe('pcapng files', () => {
  for (const littleEndian of [true, false]) {
    it(`are read in ${littleEndian ? 'little' : 'big'} endian`, () => {
      const order = { littleEndian };
      const { segments, problems, baseSeconds } = read(
        section(order),
        describedInterface(order),
        packet(SECONDS * 1_000_000n + 250_000n, order),
      );
      assert.deepEqual(problems, []);
      assert.equal(baseSeconds, Number(SECONDS));
      assert.deepEqual(
        segments.map(({ nanos, payload }) => [nanos, payload]),
        [[250_000_000, 'hello']],
      );
    });
  }

  for (const [what, exponent, unitsPerSecond, nanos] of [
    ['seconds', 0, 1n, 0],
    ['milliseconds', 3, 1000n, 500_000_000],
    ['nanoseconds', 9, 1_000_000_000n, 500_000_001],
    ['tenths of nanoseconds', 10, 10_000_000_000n, 500_000_001],
    ['parts of 2^32', 0x80 | 32, 2n ** 32n, 500_000_000],
    ['parts of 2^10', 0x80 | 10, 2n ** 10n, 500_000_000],
  ] as const) {
    it(`have times in ${what}`, () => {
      const units = SECONDS * unitsPerSecond + (BigInt(nanos) * unitsPerSecond) / 1_000_000_000n;
      const { segments, baseSeconds } = read(
        section(),
        describedInterface({}, resolution(exponent)),
        packet(units),
        packet(units + 3600n * unitsPerSecond),
      );
      assert.equal(baseSeconds, Number(SECONDS));
      assert.deepEqual(
        segments.map((segment) => segment.nanos),
        [nanos, nanos + 3600e9],
      );
    });
  }

  it('may count times from another second than 1970, also before it', () => {
    for (const offset of [1_000_000n, -500n]) {
      const value = Buffer.alloc(8);
      value.writeBigInt64LE(offset);
      const { segments, baseSeconds } = read(
        section(),
        describedInterface({}, option(14, value)),
        packet((SECONDS - offset) * 1_000_000n + 7n),
      );
      assert.equal(baseSeconds, Number(SECONDS));
      assert.equal(segments[0].nanos, 7000);
    }
  });

  it('with impossible times give times that can be written', () => {
    const { segments, baseSeconds } = read(
      section(),
      describedInterface(),
      packet(2n ** 64n - 1n),
      packet(0n),
      packet(2n ** 63n),
    );
    for (const { nanos } of segments) {
      const seconds = baseSeconds + nanos / 1e9;
      assert.ok(Math.abs(seconds) <= 2 ** 34, `${seconds}`);
      assert.match(new Date(seconds * 1000).toISOString(), /^\d{4}-/);
    }
  });

  it('may have interfaces of different link types, resolutions and snaplens', () => {
    const { segments, problems } = read(
      section(),
      describedInterface(),
      describedInterface({ linkType: 101, snaplen: 64 }, resolution(9)),
      packet(SECONDS * 1_000_000n, { id: 0 }),
      packet(SECONDS * 1_000_000_000n + 1n, { id: 1, bytes: ipv6(tcp({ payload: 'raw' })) }),
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(
      segments.map(({ nanos, payload, interfaceId }) => [nanos, payload, interfaceId]),
      [
        [0, 'hello', 1],
        [1, 'raw', 2],
      ],
    );
  });

  it('may have several sections, each with its own byte order and interfaces', () => {
    const other = { littleEndian: false };
    const { segments, problems } = read(
      section(),
      describedInterface(),
      packet(SECONDS * 1_000_000n),
      section(other),
      describedInterface({ ...other, linkType: 228 }),
      packet(SECONDS * 1_000_000n + 1n, { ...other, bytes: ipv4(tcp({ payload: 'second' })) }),
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(
      segments.map(({ payload }) => payload),
      ['hello', 'second'],
    );
  });

  it('may have simple packets, cut off at the snaplen and captured when the packet before them was', () => {
    const cutOff = block(3, [[4, PACKET.length]], { data: PACKET.subarray(0, 56) });
    const whole = block(3, [[4, PACKET.length - 2]], { data: PACKET.subarray(0, PACKET.length - 2) });
    const { segments } = read(
      section(),
      describedInterface({ snaplen: 56 }),
      packet(SECONDS * 1_000_000n + 5n, { captured: 56 }),
      cutOff,
    );
    assert.deepEqual(
      segments.map(({ nanos, payload, payloadLength }) => [nanos, payload, payloadLength]),
      [
        [5000, 'he', 5],
        [5000, 'he', 5],
      ],
    );
    assert.equal(read(section(), describedInterface(), whole).segments[0].payload, 'hel');
  });

  it('may have packets of the obsolete kind, with drops', () => {
    const obsolete = (drops: number) =>
      block(
        2,
        [
          [2, 0],
          [2, drops],
          [4, 0x60a24],
          [4, 0x181e4000],
          [4, PACKET.length],
          [4, PACKET.length],
        ],
        { data: PACKET },
      );
    const { segments, counts } = read(
      section(),
      describedInterface(),
      obsolete(3),
      obsolete(0xffff),
      obsolete(4),
    );
    assert.equal(segments.length, 3);
    assert.equal(counts.captureDropped, 7);
  });

  it('count what the capturing host lost from their statistics, which are totals', () => {
    const statistics = (id: number, byInterface: number, byKernel: number) => {
      const value = (drops: number) => new Uint8Array(BigUint64Array.of(BigInt(drops)).buffer);
      const options = [
        option(4, value(999)),
        option(5, value(byInterface)),
        option(7, value(byKernel)),
        option(0, new Uint8Array(0)),
      ];
      return block(
        5,
        [
          [4, id],
          [4, 0],
          [4, 0],
        ],
        { options },
      );
    };
    const interfaces = [describedInterface(), describedInterface()];
    const blocks = [statistics(0, 1, 10), statistics(1, 0, 5), statistics(0, 2, 20), statistics(7, 1, 1)];
    assert.equal(read(section(), ...interfaces, ...blocks).counts.captureDropped, 27);
  });

  it('may have blocks that are not known, longer than anything that is', () => {
    const long = block(0x0bad, [], { data: new Uint8Array(3 << 20) });
    const pieces = [Buffer.concat([section(), describedInterface(), long]), packet(SECONDS * 1_000_000n)];
    assert.equal(readAll(Buffer.concat(pieces)).segments.length, 1);
    const cut = pieces[0].length - 100;
    assert.equal(
      readAll(pieces[0].subarray(0, 60), pieces[0].subarray(60, cut), pieces[0].subarray(cut), pieces[1])
        .segments.length,
      1,
    );
    assert.deepEqual(readAll(pieces[0].subarray(0, cut)).problems, [
      `test.pcap: the file ends within a record that reaches to byte ${pieces[0].length}; all before it was read`,
    ]);
  });

  const good = Buffer.concat([section(), describedInterface(), packet(SECONDS * 1_000_000n)]);
  for (const [what, bad, problem] of [
    ['another version', section({ major: 2 }), 'a pcapng section of version 2.0, where version 1 is known'],
    [
      'no byte order',
      section({ magic: 0x01020304 }),
      'a pcapng section whose byte order is told by 0x4030201, where 0x1a2b3c4d is allowed, in either order',
    ],
    [
      'an unknown interface',
      packet(0n, { id: 9 }),
      'a packet of interface 9, where the section has 1 interfaces',
    ],
    [
      'a packet longer than its block',
      Buffer.from(packet(0n)).fill(0xff, 20, 22),
      'a packet of 65535 bytes in a block that has room for 68',
    ],
    [
      'a block that is too short for its type',
      block(6, []),
      'a block of type 6 and 12 bytes, where at least 32 and a multiple of 4 are allowed',
    ],
    [
      'a length of 0',
      new Uint8Array(12).fill(9, 0, 1),
      'a block of type 9 and 0 bytes, where at least 12 and a multiple of 4 are allowed',
    ],
    [
      'a packet of 3 MiB',
      block(6, [], { data: new Uint8Array(3 << 20) }),
      'a block of type 6 and 3145740 bytes, where at most 2097152 are allowed',
    ],
    [
      'lengths that differ',
      Buffer.from(packet(0n)).fill(1, packet(0n).length - 4),
      'a block that gives its length as 100 and as 16843009',
    ],
  ] as const) {
    it(`with ${what} are read up to there`, () => {
      const { segments, problems } = read(good, bad, packet(0n));
      assert.equal(segments.length, 1);
      assert.deepEqual(problems, [`test.pcap: at byte ${good.length}: ${problem}`]);
    });
  }

  it('give the same segments however they are cut', () => {
    const file = Buffer.concat([
      good,
      block(0x0bad, [], { data: new Uint8Array(500) }),
      section({ littleEndian: false }),
      describedInterface({ littleEndian: false }),
      packet(SECONDS * 1_000_001n, {
        littleEndian: false,
        bytes: ethernet(ipv4(tcp({ payload: 'x'.repeat(9000) }))),
      }),
      block(3, [[4, PACKET.length]], { littleEndian: false, data: PACKET }),
    ]);
    const whole = readAll(file);
    assert.equal(whole.segments.length, 3);
    assert.deepEqual(whole.problems, []);
    fc.assert(
      fc.property(fc.array(fc.nat(file.length), { maxLength: 40 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), file.length];
        const pieces = at.slice(1).map((end, index) => file.subarray(at[index], end));
        assert.deepEqual(readAll(...pieces), whole);
      }),
    );
    assert.deepEqual(readAll(...Array.from(file, (byte) => Uint8Array.of(byte))), whole);
  });
});
