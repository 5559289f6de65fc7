import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TCP_FLAG } from './segment.ts';
import { decodeCapture } from './testdata/decode-capture.ts';
import { eventsOf } from './testdata/exchange-lines.ts';
import { pcapFile } from './testdata/packets.ts';
import { down, HANDSHAKE, up } from './testdata/two-hosts.ts';

const { ack, fin, rst } = TCP_FLAG;

/** Events of these packets, one a millisecond. */
function events(...packets: readonly Uint8Array[]) {
  const timed = packets.map((bytes, index) => ({ bytes, time: [1_700_000_000, index * 1e6] as const }));
  return eventsOf(decodeCapture(pcapFile(timed)));
}

describe('captures that were hard once', () => {
  it('ends, although a FIN stands where data is missing and data behind it waits', () => {
    const names = events(
      ...HANDSHAKE,
      up({ sequence: 1001, acknowledgment: 2001, payload: 'GET / HTTP/1.1\r\n' }),
      up({ sequence: 1018, acknowledgment: 2001, payload: 'late' }),
      up({ flags: fin | ack, sequence: 1017, acknowledgment: 2001 }),
    ).map(({ name }) => name);
    assert.deepEqual(names, ['http.exchange', 'tcp.connection']);
  });

  it('keeps the order of exchanges of several kinds, in which a refused connection came between two requests', () => {
    const of = (port: number, packets: readonly Uint8Array[]) =>
      packets.map((bytes) => {
        // Both directions: the client's port is the one that is not 80.
        const copy = Uint8Array.from(bytes);
        const view = new DataView(copy.buffer);
        for (const at of [34, 36]) if (view.getUint16(at) === 40_000) view.setUint16(at, port);
        return copy;
      });
    const reset = down({ flags: rst | ack, sequence: 0, acknowledgment: 1001 });
    const request = [
      ...HANDSHAKE,
      up({ sequence: 1001, acknowledgment: 2001, payload: 'GET / HTTP/1.1\r\n\r\n' }),
      down({ sequence: 2001, acknowledgment: 1019, payload: 'HTTP/1.1 204 No Content\r\n\r\n' }),
      down({ flags: rst, sequence: 2028, acknowledgment: 0 }),
    ];
    const exchanges = events(
      ...of(1, request),
      ...of(2, [HANDSHAKE[0], reset]),
      ...of(3, request),
      ...of(4, [HANDSHAKE[0], reset]),
    ).filter(({ name }) => name.endsWith('.exchange'));
    assert.deepEqual(
      exchanges.map(({ name, attributes }) => [attributes['client.port'], name]),
      [
        [1, 'http.exchange'],
        [2, 'tcp.exchange'],
        [3, 'http.exchange'],
        [4, 'tcp.exchange'],
      ],
    );
  });

  it('does not take what follows the response to a HEAD that is missing for its body', () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n';
    const exchanges = turns([
      ['GET /1 HTTP/1.1\r\n\r\n', 'HTTP/1.1 204 No Content\r\n\r\n'],
      [missing(19), head],
      ['GET /3 HTTP/1.1\r\n\r\n', 'HTTP/1.1 304 Not Modified\r\n\r\n'],
    ]);
    assert.deepEqual(exchanges, [
      ['/1', 204],
      [undefined, 200],
      ['/3', 304],
    ]);
  });

  it('knows HTTP although the beginning of the first request is missing', () => {
    const exchanges = turns([
      [`${missing(30)}more of the body`, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
      ['GET /2 HTTP/1.1\r\n\r\n', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ]);
    assert.deepEqual(exchanges, [
      [undefined, 200],
      ['/2', 204],
    ]);
  });

  it('finds a start line that two segments share behind missing bytes', () => {
    const exchanges = turns([
      ['GET /1 HTTP/1.1\r\n\r\n', 'HTTP/1.1 204 No Content\r\n\r\n'],
      [missing(19), missing(27)],
      ['GET /3|33 HTTP/1.1\r\n\r\n', 'HTTP/1|.1 304 Not Modified\r\n\r\n'],
    ]);
    assert.deepEqual(exchanges.at(-1), ['/333', 304]);
  });

  it('tells method, target and status of heads that the capture cut short', () => {
    const whole = conversation([
      [
        'GET /a HTTP/1.1\r\nHost: a\r\nUser-Agent: something long\r\n\r\n',
        'HTTP/1.1 200 OK\r\nServer: shop\r\nContent-Length: 500\r\n\r\nbody',
      ],
      [
        'POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
        'HTTP/1.1 404 Not Found\r\nServer: shop\r\n\r\n',
      ],
    ]);
    for (const [kept, host] of [
      [80, 'a'],
      [72, undefined],
    ] as const) {
      const packets = whole.map((bytes, index) => ({
        bytes,
        time: [1_700_000_000, index * 1e6] as const,
        captured: Math.min(bytes.length, kept),
      }));
      const exchanges = eventsOf(decodeCapture(pcapFile(packets))).filter(
        ({ name }) => name === 'http.exchange',
      );
      assert.deepEqual(
        exchanges.map(({ attributes }) => [
          attributes['http.request.method'],
          attributes['url.original'],
          attributes['http.response.status_code'],
          attributes['http.request.header.host'],
        ]),
        [
          ['GET', '/a', 200, host],
          ['POST', '/b', 404, undefined],
        ],
      );
    }
  });

  it('does not put the end of a body that was missed before a method', () => {
    const exchanges = turns([
      ['GET /1 HTTP/1.1\r\n\r\n', 'HTTP/1.1 204 No Content\r\n\r\n'],
      [`${missing(60)}body\n x|x`, 'HTTP/1.1 204 No Content\r\n\r\n'],
      ['GET /3 HTTP/1.1\r\n\r\n', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'],
    ]);
    assert.deepEqual(exchanges.at(-1), ['/3', 404]);
    assert.equal(exchanges.length, 3);
  });

  it('goes on behind a RST that is far from where the stream is', () => {
    const [exchange] = events(
      ...HANDSHAKE,
      up({ sequence: 1001, acknowledgment: 2001, payload: 'GET / HTTP/1.1\r\n\r\n' }),
      down({ flags: rst, sequence: 900_000_000, acknowledgment: 0 }),
      down({ sequence: 2001, acknowledgment: 1019, payload: 'HTTP/1.1 204 No Content\r\n\r\n' }),
    );
    assert.equal(exchange.attributes['http.response.status_code'], 204);
  });

  it('ends a WebSocket whose 101 the capture cut short', () => {
    const packets = conversation([
      [
        'GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n',
        'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nServer: shop\r\n\r\n',
      ],
      ['\x81\x80....', '\x81\x00'],
    ]).map((bytes, index) => ({
      bytes,
      time: [1_700_000_000, index * 1e6] as const,
      captured: Math.min(bytes.length, 54 + 50),
    }));
    const names = eventsOf(decodeCapture(pcapFile(packets))).map(({ name }) => name);
    assert.deepEqual(names, ['http.exchange', 'tcp.exchange', 'websocket.connection', 'tcp.connection']);
  });

  it('does not take the rest of a method behind missing bytes for a method', () => {
    const packets = conversation([
      ['GET /1 HTTP/1.1\r\n\r\n', 'HTTP/1.1 204 No Content\r\n\r\n'],
      [`${missing(4)}TE /2 HTTP/1.1\r\n\r\n`, 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'],
    ]);
    const methods = events(...packets).map(({ attributes }) => attributes['http.request.method']);
    assert.equal(methods.includes('TE'), false);
  });
});

/** Stands for bytes that were sent and are not in the capture. */
function missing(bytes: number): string {
  return '\0'.repeat(bytes);
}

/** Packets of requests and responses in turns; `|` parts two segments, and what is `missing` is in no packet. */
function conversation(all: readonly (readonly [request: string, response: string])[]): Uint8Array[] {
  const packets = [...HANDSHAKE];
  const next = { up: 1001, down: 2001 };
  for (const [request, response] of all) {
    for (const [text, isUp] of [
      [request, true],
      [response, false],
    ] as const) {
      for (const part of text.split(/\||(?<=\0)(?!\0)/)) {
        const sequence = isUp ? next.up : next.down;
        const acknowledgment = isUp ? next.down : next.up;
        if (!part.startsWith('\0'))
          packets.push((isUp ? up : down)({ sequence, acknowledgment, payload: part }));
        next[isUp ? 'up' : 'down'] += part.length;
      }
    }
  }
  return packets;
}

/** Target and status of every exchange of such a conversation. */
function turns(all: Parameters<typeof conversation>[0]) {
  return events(...conversation(all))
    .filter(({ name }) => name === 'http.exchange')
    .map(({ attributes }) => [attributes['url.original'], attributes['http.response.status_code']]);
}
