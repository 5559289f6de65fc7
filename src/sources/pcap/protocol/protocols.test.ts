import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomNumbers } from '../../../../test/random-numbers.ts';
import type { Attributes } from '../../../model/attributes.ts';
import { fetchOnce, recordSession } from '../http2/testdata/recorded-session.ts';
import { decodeCapture } from '../testdata/decode-capture.ts';
import { eventsOf } from '../testdata/exchange-lines.ts';
import { captureOf } from '../testdata/traffic/capture.ts';
import type { Burst } from '../testdata/traffic/conversation.ts';
import { CALM, Wire } from '../testdata/traffic/wire.ts';
import { TlsRecorder } from '../tls/testdata/recorded-handshake.ts';

const burst =
  (fromClient: boolean) =>
  (bytes: string | Uint8Array): Burst => ({
    fromClient,
    bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes,
  });
const client = burst(true);
const server = burst(false);

/** Events of connections with these bursts, all at the same time, the first from port 40000. */
function eventsOfBursts(...connections: (readonly Burst[])[]) {
  const flows = connections.map((bursts, index) => {
    const conversation = { bursts, close: 'fin_client' } as const;
    const { segments } = new Wire(conversation, CALM, randomNumbers(7), 0);
    return { segments, ipVersion: 4 as const, clientPort: 40_000 + index, serverPort: 80 };
  });
  const events = eventsOf(decodeCapture(captureOf(flows)));
  return (name: string, clientPort = 40_000) =>
    events
      .filter((event) => event.name === name && event.attributes['client.port'] === clientPort)
      .map(({ attributes }) => attributes);
}

const pick = (attributes: Attributes | undefined, ...names: string[]) =>
  names.map((name) => attributes?.[name]);

/** A frame of HTTP/2 (RFC 9113 §4.1). */
function frame(type: number, flags: number, stream: number, payload: string): Uint8Array {
  const body = Buffer.from(payload, 'hex');
  return Buffer.concat([Uint8Array.of(0, 0, body.length, type, flags, 0, 0, 0, stream), body]);
}

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const SETTINGS = frame(4, 0, 0, '');

const UPGRADE = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ';
const CHAT: readonly Burst[] = [
  client('GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
  server(`${UPGRADE}websocket\r\n\r\n\x81\x05hello`),
  client(Uint8Array.of(0x88, 0x82, 0, 0, 0, 0, 3, 0xe8)),
  server(Uint8Array.of(0x88, 2, 3, 0xe8)),
];

function helloNames(exchanges: readonly Attributes[]): readonly unknown[] {
  return exchanges.map((exchange) => exchange['lagpipe.exchange.tls.server_name']);
}

describe('protocols', () => {
  it('gives an http.exchange for every stream of HTTP/2, and the connection its GOAWAY and pings', async () => {
    const pieces = await recordSession(async ({ client: session, server: http2 }) => {
      http2.on('stream', (stream) => {
        stream.respond({ ':status': 200, 'content-type': 'text/plain' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '5' }));
        stream.end('content');
      });
      await fetchOnce(session, { ':path': '/a', 'x-request-id': '7' });
      await fetchOnce(session, { ':path': '/b', ':method': 'POST' }, 'question');
      await new Promise((done) => session.ping(done));
    });
    const events = eventsOfBursts(pieces);
    const [first, second] = events('http.exchange');
    const names = ['http.request.method', 'url.original', 'http.response.status_code', 'rpc.status_code'];
    assert.deepEqual(pick(first, ...names), ['GET', '/a', 200, 'NOT_FOUND']);
    assert.deepEqual(pick(second, ...names), ['POST', '/b', 200, 'NOT_FOUND']);
    assert.deepEqual(
      pick(second, 'http.request.body.size', 'http.response.body.size', 'network.protocol.version'),
      [8, 7, '2'],
    );
    assert.deepEqual(
      pick(first, 'http.request.header.host', 'http.request.header.x-request-id', 'lagpipe.http2.stream.id'),
      ['shop.example:80', '7', 1],
    );
    assert.deepEqual(
      [first, second].map((exchange) => exchange?.['lagpipe.exchange.position']),
      ['start', 'last'],
    );
    const [connection] = events('tcp.connection');
    assert.deepEqual(
      pick(connection, 'lagpipe.http2.goaway', 'lagpipe.http2.goaway_by', 'lagpipe.http2.client.pings'),
      ['no_error', 'client', 1],
    );
    assert.equal(connection?.['lagpipe.tcp.connection.exchanges'], 2);
    assert.ok(Number(connection?.['lagpipe.http2.client.ping.mean']) > 0);
  });

  it('knows HTTP/2 also where the server sends its SETTINGS first', () => {
    // 82 86 84: GET, http, /; 88: 200.
    const events = eventsOfBursts([
      server(SETTINGS),
      client(Buffer.concat([Buffer.from(PREFACE), SETTINGS, frame(1, 5, 1, '828684')])),
      server(frame(1, 5, 1, '88')),
    ]);
    assert.deepEqual(
      events('http.exchange').map((exchange) => exchange['http.response.status_code']),
      [200],
    );
  });

  it('joins HTTP/2 in its midst, and says who is the client by what the header blocks say', () => {
    const packets = (from: number) =>
      new Wire(
        {
          bursts: [
            client(Buffer.concat([Buffer.from(PREFACE), SETTINGS])),
            server(SETTINGS),
            client(frame(1, 5, 1, '828684be')),
            server(frame(1, 5, 1, '88bf')),
          ],
          close: 'fin_client',
        },
        CALM,
        randomNumbers(7),
        0,
      ).segments
        .filter(({ payload }) => payload.length > 0)
        .slice(from);
    for (const from of [2, 3]) {
      const flow = { segments: packets(from), ipVersion: 4 as const, clientPort: 40_000, serverPort: 80 };
      const [exchange] = eventsOf(decodeCapture(captureOf([flow])));
      assert.deepEqual(
        pick(exchange.attributes, 'client.port', 'http.request.method', 'http.response.status_code'),
        [40_000, from === 2 ? 'GET' : undefined, 200],
      );
      assert.ok(exchange.attributes['lagpipe.exchange.incomplete'] !== undefined);
    }
  });

  it('takes the request of an upgrade to h2c for that of stream 1, which is one exchange', () => {
    const events = eventsOfBursts([
      client('GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n'),
      server(`${UPGRADE}h2c\r\n\r\n`),
      client(Buffer.concat([Buffer.from(PREFACE), SETTINGS])),
      server(Buffer.concat([SETTINGS, frame(1, 4, 1, '88'), frame(0, 1, 1, '616263')])),
    ]);
    const exchanges = events('http.exchange').map((exchange) =>
      pick(
        exchange,
        'network.protocol.version',
        'url.original',
        'http.response.status_code',
        'http.response.body.size',
        'lagpipe.http.interim_responses',
        'lagpipe.http2.stream.id',
        'lagpipe.exchange.ordinal',
      ),
    );
    assert.deepEqual(exchanges, [['2', '/up', 200, 3, 1, 1, 1]]);
    assert.equal(events('tcp.connection')[0]['lagpipe.tcp.connection.exchanges'], 1);
  });

  it('ends the exchange of an upgrade to h2c with the connection, where stream 1 is not answered', () => {
    const events = eventsOfBursts([
      client('GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n'),
      server(`${UPGRADE}h2c\r\n\r\n`),
      client(Buffer.concat([Buffer.from(PREFACE), SETTINGS])),
    ]);
    const exchanges = events('http.exchange').map((exchange) =>
      pick(exchange, 'url.original', 'http.response.status_code', 'lagpipe.exchange.incomplete'),
    );
    assert.deepEqual(exchanges, [['/up', undefined, 'no_response']]);
  });

  it('gives a websocket.connection behind the 101', () => {
    const events = eventsOfBursts(CHAT);
    assert.deepEqual(
      events('http.exchange').map((exchange) => exchange['http.response.status_code']),
      [101],
    );
    assert.deepEqual(
      pick(
        events('websocket.connection')[0],
        'lagpipe.websocket.server.messages',
        'lagpipe.websocket.server.bytes',
        'lagpipe.websocket.close.code',
        'lagpipe.websocket.closed_by',
        'lagpipe.websocket.close',
      ),
      [1, 5, 1000, 'client', 'complete'],
    );
    assert.equal(events('tcp.connection')[0]['network.protocol.name'], 'websocket');
  });

  it('says in the turns of a WebSocket when it was idle and who closed it', () => {
    const turns = eventsOfBursts(CHAT)('tcp.exchange');
    assert.deepEqual(
      turns.map((turn) => pick(turn, 'network.protocol.name', 'lagpipe.exchange.position')),
      [
        ['websocket', 'continue'],
        ['websocket', 'last'],
      ],
    );
    assert.ok(Number(turns[1]['lagpipe.exchange.idle_after']) > 0);
    assert.equal(turns[1]['lagpipe.exchange.close_originator'], 'client');
  });

  it('two upgrades at the same time do not take each other for what they are', () => {
    const other: readonly Burst[] = [
      client('GET /other HTTP/1.1\r\nHost: a\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n'),
      server(`${UPGRADE}other\r\n\r\n`),
      client('something'),
      server('else'),
    ];
    const events = eventsOfBursts(CHAT, other);
    assert.equal(events('websocket.connection').length, 1);
    assert.equal(events('websocket.connection', 40_001).length, 0);
    assert.equal(events('tcp.exchange', 40_001).length, 1);
  });

  it('finds the handshake of a protocol that changes to TLS', async () => {
    using recorder = new TlsRecorder();
    const { pieces } = await recorder.record({ servername: 'mail.example' });
    const events = eventsOfBursts([
      server('220 mail\r\n'),
      client('STARTTLS\r\n'),
      server('220 go ahead\r\n'),
      ...pieces,
    ]);
    assert.deepEqual(pick(events('tls.handshake')[0], 'lagpipe.tls.client.server_name', 'tls.established'), [
      'mail.example',
      'true',
    ]);
    assert.equal(events('tcp.connection')[0]['lagpipe.tls.client.server_name'], 'mail.example');
    assert.equal(events('tcp.exchange')[0]['http.response.size'], 10);
    const [, , hello] = events('tcp.exchange');
    assert.deepEqual(helloNames(events('tcp.exchange')).filter(Boolean), helloNames([hello]));
    assert.equal(hello['lagpipe.exchange.tls.server_name'], 'mail.example');
  });

  it('gives a tls.handshake, and its figures to the connection and its exchanges', async () => {
    using recorder = new TlsRecorder();
    const { pieces, cipher } = await recorder.record({ servername: 'shop.example', ALPNProtocols: ['h2'] });
    const events = eventsOfBursts(pieces);
    const [handshake] = events('tls.handshake');
    assert.deepEqual(
      pick(
        handshake,
        'lagpipe.tls.client.server_name',
        'tls.protocol.version',
        'tls.cipher',
        'lagpipe.tls.client.alpn',
      ),
      ['shop.example', '1.3', cipher, 'h2'],
    );
    assert.deepEqual(pick(handshake, 'tls.established', 'tls.resumed'), ['true', 'false']);
    const took = Number(handshake['lagpipe.tls.handshake.duration']);
    assert.ok(took > 0.001 && took < 0.1);
    const exchanges = events('tcp.exchange');
    assert.ok(exchanges.length > 1);
    for (const attributes of [...exchanges, ...events('tcp.connection')]) {
      assert.equal(attributes['network.protocol.name'], 'tls');
      assert.equal(attributes['lagpipe.tls.client.server_name'], 'shop.example');
    }
    assert.deepEqual(helloNames(exchanges), ['shop.example', ...exchanges.slice(1).map(() => undefined)]);
  });
});
