import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setVariable } from '../../../test/set-variable.ts';
import type { Attributes } from '../attributes.ts';
import { type EventBatch, eventBatchOf } from '../batch.ts';
import type { UnixTime } from '../time.ts';
import { parseLineFormat } from './line-format.ts';
import { LineWriter, type Unprintable } from './line-writer.ts';

const HEAD = { resource: { attributes: {} }, scope: { name: 'test', version: '0' }, severityNumber: 9 };
/** 2026-05-12 08:57:54.651504789 in Rome. */
const TIME: UnixTime = [1_778_569_074, 651_504_789];

function events(attributes: readonly Attributes[], name = 'http.exchange', time = TIME): EventBatch {
  return eventBatchOf(
    { ...HEAD, name },
    attributes.map((each) => ({ time, attributes: each })),
  );
}

function writerOf(text: string, unprintable: Unprintable = 'keep'): LineWriter {
  const { format, problems } = parseLineFormat(text, '-');
  assert.deepEqual(problems, []);
  return new LineWriter(format, unprintable);
}

function lineOf(text: string, attributes: Attributes, unprintable?: Unprintable): string {
  const line = Buffer.from(writerOf(text, unprintable).write(events([attributes])).bytes).toString('latin1');
  assert.ok(line.endsWith('\n'));
  return line.slice(0, -1);
}

describe('LineWriter: values', () => {
  let resetZone: () => void;
  before(() => {
    resetZone = setVariable('TZ', 'Europe/Rome');
  });
  after(() => resetZone());

  for (const [text, attributes, expected] of [
    ['c=%connection.time', { 'lagpipe.tcp.handshake.duration': 0.00007 }, 'c=0.000070'],
    ['c=%connection.time', {}, 'c=-'],
    ['c=%connection.time(none)!', {}, 'c=none!'],
    ['%source.ip:%source.port', { 'client.address': '::1', 'client.port': 40000 }, '::1:40000'],
    ['%request.size %response.size', { 'http.request.size': 72 }, '72 0'],
    ['%response.code', { 'http.response.status_code': 404 }, '404'],
    ['%request.timestamp', { 'lagpipe.exchange.request.duration': 0 }, '2026-05-12 08:57:54.651504'],
    [
      '%request.timestamp(%d/%b/%Y:%T %z)',
      { 'lagpipe.exchange.request.duration': 0 },
      '12/May/2026:08:57:54 +0200',
    ],
    ['%request.timestamp2', { 'lagpipe.exchange.request.duration': 0 }, '1778569074.651504'],
    ['%request.timestamp %request.timestamp2(no)', {}, '- no'],
    [
      '%response.timestamp %response.timestamp2',
      { 'lagpipe.exchange.response_timestamp': 1_778_569_075.000074 },
      '2026-05-12 08:57:55.000074 1778569075.000074',
    ],
    [
      '%connection.timestamp',
      { 'lagpipe.exchange.connection_timestamp': 1_778_569_075.9999995 },
      '2026-05-12 08:57:56.000000',
    ],
    ['%{time} %{x}', { x: 0.5 }, '2026-05-12 08:57:54.651504 0.5'],
    ['%{time}(%T)', { x: 0.5 }, '08:57:54'],
    [
      '%request.header.grep(x-id: *(\\w+)-(\\w+))',
      { 'lagpipe.http.request.head': 'GET / HTTP/1.1\r\nX-ID: a-bc\r\n\r\n' },
      'bc',
    ],
    ['%response.grep(^b.d)', { 'lagpipe.exchange.response.raw': 'a\nB\ndone' }, 'B\nd'],
    ['%response.grep(nothing)', { 'lagpipe.exchange.response.raw': 'a' }, '-'],
    ['just text', {}, 'just text'],
  ] as const) {
    it(`${text} is ${JSON.stringify(expected)}`, () => {
      assert.equal(lineOf(text, attributes), expected);
    });
  }

  it('writes the bytes of packets as they are, and texts as UTF-8', () => {
    assert.equal(lineOf('%request.body', { 'lagpipe.http.request.body': '\xff\x00' }), '\xff\x00');
    assert.equal(lineOf('%request.body', { 'lagpipe.http.request.body': '→' }), '\xe2\x86\x92');
    assert.equal(lineOf('%{k8s.pod.name}', { 'k8s.pod.name': 'é' }), '\xc3\xa9');
  });

  it('shows what cannot be printed as dots or in hexadecimal, and only in values', () => {
    const attributes = { 'url.original': '/\x1b[2J\xe9\tx' };
    assert.equal(lineOf('\x07%request.url', attributes, 'dots'), '\x07/.[2J.\tx');
    assert.equal(lineOf('%request.url', attributes, 'hex'), '/[0x1b][2J[0xe9]\tx');
  });

  it('keeps events apart, also across batches with columns and dictionaries of their own', () => {
    const writer = writerOf('%request.method %response.code %request.timestamp(%S)');
    const time = (second: number): UnixTime => [TIME[0] + second, 0];
    const all = [
      events([
        {
          'http.request.method': 'GET',
          'http.response.status_code': 200,
          'lagpipe.exchange.request.duration': 0,
        },
        {},
      ]),
      events([{ 'http.request.method': 'PUT' }], 'http.exchange', time(1)),
      events(
        [{ 'http.response.status_code': 204, 'lagpipe.exchange.request.duration': 0 }],
        'http.exchange',
        time(2),
      ),
    ].map((batch) => Buffer.from(writer.write(batch).bytes).toString());
    assert.deepEqual(all, ['GET 200 54\n- - -\n', 'PUT - -\n', '- 204 56\n']);
  });
});

describe('LineWriter: which events', () => {
  const metrics = {
    kind: 'metrics',
    ...HEAD,
    metrics: [
      {
        kind: 'gauge',
        name: 'a',
        unit: '1',
        description: '',
        points: [{ attributes: {}, time: TIME, value: 1 }],
      },
    ],
  } as const;

  for (const [text, batch, expected] of [
    ['%source.ip', events([{}, {}], 'tcp.exchange'), { delivered: 2 }],
    [
      '%source.ip',
      events([{}, {}], 'tcp.connection'),
      { delivered: 0, rejected: { format_shows_only_exchanges: 2 } },
    ],
    [
      '%source.ip %{a}',
      events([{ a: 1 }], 'other'),
      { delivered: 0, rejected: { format_shows_only_exchanges: 1 } },
    ],
    ['%{a} %{b}', events([{ b: 1 }], 'other'), { delivered: 1 }],
    [
      '%{a}',
      events([{ b: 1 }], 'http.exchange'),
      { delivered: 0, rejected: { format_shows_other_events: 1 } },
    ],
    ['%source.ip', metrics, { delivered: 0, rejected: { format_shows_no_metrics: 1 } }],
  ] as const) {
    it(`${text} takes ${JSON.stringify(expected)} of ${batch.kind === 'events' ? batch.name : 'metrics'}`, () => {
      const { bytes, ...result } = writerOf(text).write(batch);
      assert.deepEqual(result, expected);
      assert.equal(bytes.length > 0, expected.delivered > 0);
    });
  }
});
