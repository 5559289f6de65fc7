import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HpackDecoder } from './hpack.ts';

type Fields = [string | undefined, string | undefined][];

function decode(decoder: HpackDecoder, hex: string): { fields: Fields; sound: boolean } {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const fields: Fields = [];
  const sound = decoder.decode(bytes, 0, bytes.length, (name, value) => fields.push([name, value]));
  return { fields, sound };
}

const GET: Fields = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'www.example.com'],
];
const SECOND: Fields = [...GET, ['cache-control', 'no-cache']];
const THIRD: Fields = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/index.html'],
  [':authority', 'www.example.com'],
  ['custom-key', 'custom-value'],
];
const response = (status: string, seconds: number): Fields => [
  [':status', status],
  ['cache-control', 'private'],
  ['date', `Mon, 21 Oct 2013 20:13:${seconds} GMT`],
  ['location', 'https://www.example.com'],
];
const LAST: Fields = [
  ...response('200', 22).filter(([name]) => name !== 'location'),
  ['location', 'https://www.example.com'],
  ['content-encoding', 'gzip'],
  ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'],
];

/** RFC 7541 Appendix C: blocks of one connection, one after the other. */
const APPENDIX_C: Readonly<Record<string, readonly (readonly [hex: string, fields: Fields])[]>> = {
  'C.2.1': [['400a637573746f6d2d6b65790d637573746f6d2d686561646572', [['custom-key', 'custom-header']]]],
  'C.2.2': [['040c2f73616d706c652f70617468', [[':path', '/sample/path']]]],
  'C.2.3': [['100870617373776f726406736563726574', [['password', 'secret']]]],
  'C.2.4': [['82', [[':method', 'GET']]]],
  'C.3': [
    ['828684410f7777772e6578616d706c652e636f6d', GET],
    ['828684be58086e6f2d6361636865', SECOND],
    ['828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565', THIRD],
  ],
  'C.4': [
    ['828684418cf1e3c2e5f23a6ba0ab90f4ff', GET],
    ['828684be5886a8eb10649cbf', SECOND],
    ['828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf', THIRD],
  ],
  // With a table of 256 bytes (3fe101), so that entries are evicted.
  'C.5': [
    [
      `3fe101 4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e17
       68747470733a2f2f7777772e6578616d706c652e636f6d`.replaceAll(/\s/g, ''),
      response('302', 21),
    ],
    ['4803333037c1c0bf', response('307', 21)],
    [
      `88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a
       4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31`.replaceAll(
        /\s/g,
        '',
      ),
      LAST,
    ],
  ],
  'C.6': [
    [
      `3fe101 488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97
       c8e9ae82ae43d3`.replaceAll(/\s/g, ''),
      response('302', 21),
    ],
    ['4883640effc1c0bf', response('307', 21)],
    [
      `88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960
       d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007`.replaceAll(/\s/g, ''),
      LAST,
    ],
  ],
};

describe('HPACK', () => {
  for (const [section, blocks] of Object.entries(APPENDIX_C)) {
    it(`decodes RFC 7541 ${section}`, () => {
      const decoder = new HpackDecoder(true);
      for (const [hex, fields] of blocks) assert.deepEqual(decode(decoder, hex), { fields, sound: true });
    });
  }

  const broken: Readonly<Record<string, string>> = {
    'index 0': '80',
    'an index beyond the table': 'be',
    'an integer without end': 'ffffffffffff',
    'a text longer than the block': '410fff',
    'EOS in a Huffman text': '4184ffffffff',
    'a Huffman text padded with zeros': '418100',
  };
  for (const [what, hex] of Object.entries(broken)) {
    it(`says that a block is damaged: ${what}`, () => {
      assert.equal(decode(new HpackDecoder(true), hex).sound, false);
    });
  }

  it('joined late, says what it cannot know and what came since', () => {
    const decoder = new HpackDecoder(false);
    // be: entry 62, from before the capture; then a new entry, after which the old one has number 63.
    assert.deepEqual(decode(decoder, '82be'), {
      fields: [
        [':method', 'GET'],
        [undefined, undefined],
      ],
      sound: true,
    });
    const { fields } = decode(decoder, '400a637573746f6d2d6b65790d637573746f6d2d686561646572bebf');
    assert.deepEqual(fields[1], ['custom-key', 'custom-header']);
    assert.deepEqual(fields[2], [undefined, undefined]);
  });

  it('takes a value with the name of an unknown entry for unknown as well', () => {
    // 7f00: name of entry 63, value "x".
    assert.deepEqual(decode(new HpackDecoder(false), '7f000178').fields, [[undefined, 'x']]);
  });

  it('forgets the table when a block is lost, never giving an old value for a new index', () => {
    const decoder = new HpackDecoder(true);
    decode(decoder, '400a637573746f6d2d6b65790d637573746f6d2d686561646572');
    decoder.lose();
    assert.deepEqual(decode(decoder, 'be'), { fields: [[undefined, undefined]], sound: true });
  });

  it('never throws and stays bounded, whatever the bytes', () => {
    const decoder = new HpackDecoder(true);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300, size: 'max' }), (bytes) => {
        decoder.decode(bytes, 0, bytes.length, () => {});
      }),
    );
  });
});
