import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { decodeCapture } from '../../src/sources/pcap/testdata/decode-capture.ts';
import { eventsOf } from '../../src/sources/pcap/testdata/exchange-lines.ts';
import { ROOT } from '../root.ts';

const FOLDER = join(ROOT, 'test/fixtures/pcap');
const FIELDS = [
  'tcp.stream',
  'http.request.method',
  'http.response.code',
  'http2.headers.method',
  'http2.headers.status',
  'tcp.analysis.retransmission',
];

interface Figures {
  readonly requests: number;
  /** Those with a status of 1xx included. */
  readonly responses: number;
  readonly streams: number;
  readonly retransmissions: number;
}

const NEEDS_WHOLE_BODY =
  'tshark counts a response when its body is whole; lagpipe one with a gap in it as well';

/** Where the two differ on purpose: what tshark says, and why. */
const DIFFERENCES: Readonly<Record<string, Partial<Figures> & { readonly why: string }>> = {
  'public/http-gap.pcap': { responses: 2, why: NEEDS_WHOLE_BODY },
  'public/content-range-gap.pcap': { responses: 0, why: NEEDS_WHOLE_BODY },
  '06_out_of_order_response.pcap': {
    responses: 0,
    why: 'tshark 4.0 does not put segments in order unless told to (tcp.reassemble_out_of_order)',
  },
  'public/http2-range.pcap': {
    requests: 5,
    why: 'stream 1 after Upgrade: h2c is an exchange of its own, with the request that was upgraded',
  },
  'public/reassembly.pcap': {
    retransmissions: 20,
    why: 'tshark also counts segments below the newest that the capture saw for the first time',
  },
};

function figuresOfLagpipe(path: string): Figures {
  const events = eventsOf(decodeCapture(readFileSync(path), { tunnels: ['vxlan'] }));
  const exchanges = events.filter(({ name }) => name === 'http.exchange').map(({ attributes }) => attributes);
  const connections = events.filter(({ name }) => name === 'tcp.connection');
  const having = (name: string) => exchanges.filter((attributes) => attributes[name] !== undefined).length;
  const sum = (list: readonly (string | number | boolean | undefined)[]) =>
    list.reduce<number>((total, value) => total + Number(value ?? 0), 0);
  return {
    requests: having('http.request.method'),
    responses:
      having('http.response.status_code') +
      sum(exchanges.map((attributes) => attributes['lagpipe.http.interim_responses'])),
    streams: connections.length,
    retransmissions: sum(connections.map(({ attributes }) => attributes['lagpipe.tcp.retransmits'])),
  };
}

function figuresOfTshark(path: string): Figures {
  const fields = FIELDS.flatMap((field) => ['-e', field]);
  const text = execFileSync('tshark', ['-n', '-r', path, '-Y', 'tcp', '-T', 'fields', ...fields], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const rows = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
  // A packet with several messages has the field several times, with commas between.
  const values = (column: number) =>
    rows.flatMap((row) => (row[column] ?? '').split(',').filter((value) => value !== ''));
  return {
    requests: values(1).length + values(3).length,
    responses: values(2).length + values(4).length,
    streams: new Set(values(0)).size,
    retransmissions: values(5).length,
  };
}

const isThere = spawnSync('tshark', ['--version']).status === 0;

describe('requests, responses, streams and retransmissions of captures', {
  skip: !isThere && 'tshark, which says the same or why not, is not installed: apt-get install tshark',
}, () => {
  const names = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.pcap(ng)?$/.test(name),
  );
  for (const name of names.sort()) {
    const { why, ...differs } = DIFFERENCES[name] ?? {};
    it(`${name}${why === undefined ? '' : `: ${why}`}`, () => {
      const own = figuresOfLagpipe(join(FOLDER, name));
      assert.deepEqual(figuresOfTshark(join(FOLDER, name)), { ...own, ...differs });
    });
  }

  it('every difference that is explained is of a capture that is there', () => {
    assert.deepEqual(
      Object.keys(DIFFERENCES).filter((name) => !names.includes(name)),
      [],
    );
  });
});
