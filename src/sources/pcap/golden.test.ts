import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from '../../../test/root.ts';
import { decodeCapture } from './testdata/decode-capture.ts';
import { eventsOf, justnifferLine } from './testdata/exchange-lines.ts';

const FIXTURES = join(ROOT, 'test', 'fixtures', 'pcap');

function linesOf(name: string): string[] {
  const batches = decodeCapture(readFileSync(join(FIXTURES, `${name}.pcap`)));
  return eventsOf(batches)
    .filter((event) => event.name.endsWith('.exchange'))
    .map(justnifferLine);
}

/** Justniffer fills up the fraction of a second on the wrong side: 17061 µs become `.170610`. */
function asJustnifferPads(line: string): string {
  return line.replace(/\.(\d{6})/, (_, digits: string) => `.${String(Number(digits)).padEnd(6, '0')}`);
}

describe('what Justniffer prints of the captures of its tutorial', () => {
  for (const name of ['s_close', 's_kaclose', 's_ka', 's2_ka', 's2_kaclose']) {
    it(name, () => {
      const expected = readFileSync(join(FIXTURES, `${name}.justniffer.log`), 'utf8');
      assert.deepEqual(
        linesOf(name).map(asJustnifferPads),
        expected
          .trimEnd()
          .split('\n')
          .map((line) => line.replaceAll(/ +/g, ' ')),
      );
    });
  }
});

/** The first second is 22:13:20.5; see the README beside the captures. */
const SYNTHETIC: Readonly<Record<string, readonly string[]>> = {
  '01_reference': [
    '22:13:20.535000 c=0.015000 i=0.020000 req=0.000000 resp=0.050000 i2=0.103000 s=0.188000 unique client',
  ],
  '02_small_usec': [
    '22:13:20.035074 c=0.015000 i=0.020000 req=0.000000 resp=0.050000 i2=0.102000 s=0.187000 unique client',
  ],
  '03_capture_loss_response2_of_5': [
    '22:13:20.615000 c=0.015000 i=0.100000 req=0.000000 resp=0.020000 i2=0.101000 s=0.135000 start -',
    '22:13:20.736000 c=- i=- req=0.000000 resp=- i2=- s=0.236000 continue - no_response missed=141',
    '22:13:20.857000 c=- i=- req=0.000000 resp=0.020000 i2=0.100999 s=0.377000 continue -',
    '22:13:20.977999 c=- i=- req=0.000000 resp=0.020000 i2=0.101000 s=0.497999 continue -',
    '22:13:21.098999 c=- i=- req=0.000000 resp=0.020000 i2=0.103000 s=0.721999 last client',
  ],
  '04_retransmitted_request': [
    '22:13:20.535000 c=0.015000 i=0.020000 req=0.000000 resp=0.250000 i2=0.102000 s=0.387000 unique client retransmits=1',
  ],
  '05_syn_retransmit': [
    '22:13:21.535000 c=1.015000 i=0.020000 req=0.000000 resp=0.050000 i2=0.102000 s=1.187000 unique client syns=1',
  ],
  '06_out_of_order_response': [
    '22:13:20.535000 c=0.015000 i=0.020000 req=0.000000 resp=0.360000 i2=0.103000 s=0.498000 unique client retransmits=1',
  ],
  '07_pipelined_2_segments': [
    '22:13:20.535000 c=0.015000 i=0.020000 req=0.000000 resp=0.055000 i2=0.000000 s=0.090000 start -',
    '22:13:20.540000 c=- i=- req=0.000000 resp=0.150000 i2=0.102000 s=0.292000 last client pipelined=1',
  ],
  '08_pipelined_interleaved': [
    '22:13:20.535000 c=0.015000 i=0.020000 req=0.000000 resp=0.055000 i2=0.000000 s=0.090000 start -',
    '22:13:20.540000 c=- i=- req=0.000000 resp=0.160000 i2=0.000000 s=0.200000 continue - pipelined=1',
    '22:13:20.600000 c=- i=- req=0.000000 resp=0.200000 i2=0.102000 s=0.402000 last client pipelined=1',
  ],
  '09_port_reuse_no_close': [
    '22:13:20.535000 c=0.015000 i=0.020000 req=0.000000 resp=0.050000 i2=60.000000 s=60.085000 unique -',
    '22:14:20.620000 c=0.015000 i=0.020000 req=0.000000 resp=0.050000 i2=0.102000 s=0.187000 unique client',
  ],
  '10_ipv6': [
    '22:13:20.535000 c=0.015000 i=0.020000 req=0.000000 resp=0.050000 i2=0.102000 s=0.187000 unique client',
  ],
  '11_header_lookalikes': [
    '22:13:20.535000 c=0.015000 i=0.020000 req=0.000000 resp=0.050000 i2=0.102000 s=0.187000 unique client host=real.example connection=keep-alive age=5 language=it',
  ],
  '12_rst_by_client': [
    '22:13:20.535000 c=0.015000 i=0.020000 req=0.000000 resp=0.050000 i2=0.200000 s=0.285000 unique client',
  ],
};

const EXTRAS: readonly (readonly [label: string, attribute: string])[] = [
  ['', 'lagpipe.exchange.incomplete'],
  ['missed=', 'lagpipe.exchange.missed_bytes'],
  ['retransmits=', 'lagpipe.exchange.retransmits'],
  ['syns=', 'lagpipe.tcp.syn_retransmits'],
  ['pipelined=', 'lagpipe.exchange.pipelined'],
  ['host=', 'http.request.header.host'],
  ['connection=', 'http.request.header.connection'],
  ['age=', 'http.response.header.age'],
  ['language=', 'http.response.header.content-language'],
];

describe('the truth of captures that Justniffer reads wrongly', () => {
  for (const [name, expected] of Object.entries(SYNTHETIC)) {
    it(name, () => {
      const batches = decodeCapture(readFileSync(join(FIXTURES, `${name}.pcap`)), {
        request_headers: ['Host', 'Connection'],
        response_headers: ['age', 'content-language'],
      });
      const exchanges = eventsOf(batches).filter((event) => event.name === 'http.exchange');
      const lines = exchanges.map((event) => {
        const line = justnifferLine(event).split(' ').toSpliced(0, 1).toSpliced(1, 2).slice(0, -2).join(' ');
        const extras = EXTRAS.map(([label, attribute]) => [label, event.attributes[attribute]] as const);
        const present = extras.filter(([, value]) => value !== undefined && value !== 0);
        return [line, ...present.map(([label, value]) => `${label}${value}`)].join(' ');
      });
      const isLookalikes = name.startsWith('11');
      assert.deepEqual(
        lines.map((line) => (isLookalikes ? line : line.replace(/ host=\S+/, ''))),
        expected,
      );
    });
  }
});

describe('a connection that was still silent when the capture ended', () => {
  it('has an exchange with a time', () => {
    const whole = readFileSync(join(FIXTURES, 's_ka.pcap'));
    // The handshake alone.
    const [event, ...more] = eventsOf(decodeCapture(whole.subarray(0, 286))).filter(
      ({ name }) => name === 'tcp.exchange',
    );
    assert.deepEqual(more, []);
    assert.equal(event.attributes['lagpipe.exchange.close_originator'], 'truncated');
    assert.ok(event.time.every(Number.isFinite), String(event.time));
  });
});
