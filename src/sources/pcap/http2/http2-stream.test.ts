import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ClientHttp2Stream } from 'node:http2';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fieldValue, type Http2Exchange } from './exchange.ts';
import { errorCodeText } from './frame.ts';
import { type ExchangeEnd, Http2Stream, type OnExchanges } from './http2-stream.ts';
import { fetchOnce, type Piece, recordSession, type Session } from './testdata/recorded-session.ts';

type Done = { readonly exchange: Http2Exchange; readonly end: ExchangeEnd };

function gatherInto(done: Done[]): OnExchanges {
  return { begin: () => {}, streamEnd: (exchange, end) => done.push({ exchange, end }) };
}

/** Each piece a millisecond after the one before it. */
function replay(pieces: readonly Piece[], fromStart = true): { done: Done[]; stream: Http2Stream } {
  const done: Done[] = [];
  const stream = new Http2Stream({ fromStart }, gatherInto(done));
  pieces.forEach(({ fromClient, bytes }, index) => {
    stream.data(fromClient, bytes, 0, bytes.length, index * 1e6);
  });
  stream.end(pieces.length * 1e6, 'fin', true);
  return { done, stream };
}

const essence = ({ exchange, end }: Done) => ({
  stream: exchange.streamId,
  path: fieldValue(exchange.request.fields, ':path'),
  agent: fieldValue(exchange.request.fields, 'user-agent'),
  status: fieldValue(exchange.response.fields, ':status'),
  sent: exchange.request.bodyBytes,
  received: exchange.response.bodyBytes,
  trailers: exchange.response.trailers,
  informational: exchange.informational,
  missed: exchange.missedBytes,
  fieldsUnknown: exchange.fieldsUnknown,
  end,
});

/** Requests with bodies, padding, interleaved streams, trailers, an interim response, long and repeated headers. */
async function shop({ client, server }: Session): Promise<void> {
  server.on('stream', (stream, headers) => {
    stream.resume();
    const size = Number(String(headers[':path']).slice(1));
    stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
    stream.respond({ ':status': 200, 'x-long': 'y'.repeat(size % 20_000) }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(size % 17) }));
    stream.end(Buffer.alloc(size, 'x'));
  });
  const agent = { 'user-agent': 'shop/1' };
  await fetchOnce(client, { ':path': '/5', ...agent });
  await Promise.all(
    [40_000, 70_000, 3].map((size) =>
      fetchOnce(client, { ':path': `/${size}`, ':method': 'POST', ...agent }, Buffer.alloc(size / 2)),
    ),
  );
  await new Promise<void>((done) => {
    client.ping(Buffer.from('12345678'), () => done());
  });
}

const SHOP = await recordSession(shop);
const expected = [5, 3, 40_000, 70_000].map((size) => ({
  path: `/${size}`,
  agent: 'shop/1',
  status: '200',
  sent: size === 5 ? 0 : Math.floor(size / 2),
  received: size,
  trailers: ['grpc-status', String(size % 17)],
  informational: 1,
  missed: 0,
  fieldsUnknown: false,
  end: 'done',
}));
const byPath = (a: { path: string | undefined }, b: { path: string | undefined }) =>
  String(a.path) < String(b.path) ? -1 : 1;
const withoutStream = (done: readonly Done[]) =>
  done
    .map(essence)
    .map(({ stream, ...rest }) => rest)
    .sort(byPath);

describe('Http2Stream', () => {
  it('gives one exchange per stream, with interim responses, content and trailers', () => {
    const { done, stream } = replay(SHOP);
    assert.deepEqual(withoutStream(done), expected.sort(byPath));
    assert.equal(stream.summary.clientPings.answered, 1);
    assert.ok(stream.summary.clientPings.totalNanos > 0);
    assert.deepEqual(stream.summary.goaway, { code: 0, lastStreamId: 0, byClient: true });
  });

  it('gives the same wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 1, max: 3000 })), (sizes) => {
        const { done } = replay(cutAt(SHOP, () => sizes.next().value as number));
        assert.deepEqual(withoutStream(done), expected.sort(byPath));
      }),
      { numRuns: 30 },
    );
    const { done } = replay(cutAt(SHOP, () => 1));
    assert.deepEqual(withoutStream(done), expected.sort(byPath));
  });

  it('goes on behind a hole, marks what it touched, and never gives a header that was not sent', () => {
    const whole = new Map(replay(SHOP).done.map(({ exchange }) => [exchange.streamId, exchange]));
    let recovered = 0;
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 4000 }), (place, length) => {
        for (const { exchange } of replayWithHole(SHOP, place, length)) {
          const truth = whole.get(exchange.streamId);
          for (const side of ['request', 'response'] as const) {
            const { fields } = exchange[side];
            for (let at = 0; at < (fields?.length ?? 0); at += 2) {
              assert.equal(fields?.[at + 1], fieldValue(truth?.[side].fields, fields?.[at] ?? ''));
            }
          }
          if (exchange.missedBytes === 0 && !exchange.fieldsUnknown) recovered += 1;
        }
      }),
      { numRuns: 300 },
    );
    assert.ok(recovered > 300, 'most exchanges are untouched by a hole');
  });

  it('says who reset a stream and with which code', async () => {
    const pieces = await recordSession(async ({ client, server }) => {
      server.on('stream', (stream, headers) => {
        stream.on('error', () => {});
        if (headers[':path'] === '/refuse') stream.close(7);
      });
      const refused = client.request({ ':path': '/refuse' });
      refused.on('error', () => {});
      await closed(refused);
      const cancelled = client.request({ ':path': '/cancel' });
      cancelled.on('error', () => {});
      cancelled.resume();
      await once(server, 'stream');
      cancelled.close(8);
      await closed(cancelled);
    });
    const { done, stream } = replay(pieces);
    assert.deepEqual(
      done.map(({ exchange, end }) => [end, exchange.resetCode, exchange.resetByClient]),
      [
        ['reset', 7, false],
        ['reset', 8, true],
      ],
    );
    assert.deepEqual([7, 8, 99].map(errorCodeText), ['refused_stream', 'cancel', '0x63']);
    assert.deepEqual([stream.summary.resetsByClient, stream.summary.resetsByServer], [1, 1]);
  });

  it('takes a pushed stream for an exchange whose request the server made', async () => {
    const pieces = await recordSession(async ({ client, server }) => {
      server.on('stream', (stream) => {
        stream.pushStream({ ':path': '/style.css' }, (_error, push) => {
          push.respond({ ':status': 200 });
          push.end('body{}');
          stream.respond({ ':status': 200 });
          stream.end('page');
        });
      });
      client.on('stream', (pushed) => pushed.resume());
      await fetchOnce(client, { ':path': '/' });
    });
    const { done } = replay(pieces);
    const pushed = done.find(({ exchange }) => exchange.pushed);
    assert.equal(fieldValue(pushed?.exchange.request.fields, ':path'), '/style.css');
    assert.equal(pushed?.exchange.response.bodyBytes, 6);
    assert.equal(done.length, 2);
  });

  it('joined in the middle, finds frames and gives what it can tell', () => {
    const { done } = replay(SHOP.slice(SHOP.length >> 1), false);
    assert.ok(done.length > 0);
    for (const { exchange } of done) {
      const agent = fieldValue(exchange.request.fields, 'user-agent');
      assert.ok(agent === undefined || agent === 'shop/1');
    }
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 200 }))), (noise) => {
        replay(noise.map(([fromClient, bytes]) => ({ fromClient, bytes })));
        replay([...SHOP.slice(0, 3), ...noise.map(([fromClient, bytes]) => ({ fromClient, bytes }))]);
      }),
    );
  });
});

function closed(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((done) => stream.on('close', done));
}

function cutAt(pieces: readonly Piece[], nextSize: () => number): Piece[] {
  return pieces.flatMap(({ fromClient, bytes }) => {
    const cut: Piece[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + nextSize());
      cut.push({ fromClient, bytes: bytes.subarray(at, end) });
      at = end;
    }
    return cut;
  });
}

/** In segments of 1400 bytes, of which the server's bytes from `place` on are missing, `length` of them. */
function replayWithHole(pieces: readonly Piece[], place: number, length: number): Done[] {
  const done: Done[] = [];
  const stream = new Http2Stream({ fromStart: true }, gatherInto(done));
  const total = pieces
    .filter(({ fromClient }) => !fromClient)
    .reduce((sum, { bytes }) => sum + bytes.length, 0);
  const from = place % total;
  let at = 0;
  let nanos = 0;
  for (const { fromClient, bytes } of cutAt(pieces, () => 1400)) {
    nanos += 1;
    if (fromClient) {
      stream.data(true, bytes, 0, bytes.length, nanos);
      continue;
    }
    const holeStart = Math.max(0, Math.min(bytes.length, from - at));
    const holeEnd = Math.max(0, Math.min(bytes.length, from + length - at));
    if (holeStart > 0) stream.data(false, bytes, 0, holeStart, nanos);
    if (holeEnd > holeStart) stream.gap(false, holeEnd - holeStart, nanos);
    if (holeEnd < bytes.length) stream.data(false, bytes, holeEnd, bytes.length, nanos);
    at += bytes.length;
  }
  stream.end(nanos, 'fin', true);
  return done;
}
