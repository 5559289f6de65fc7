import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { OPCODE } from './frame-reader.ts';
import { WebSocketStream, type WebSocketSummary } from './websocket-stream.ts';

interface Sent {
  readonly fromClient: boolean;
  readonly nanos: number;
  readonly bytes: Uint8Array;
}

const SECOND = 1e9;
const KEY = [0x12, 0x34, 0x56, 0x78];

/** A frame as RFC 6455 §5.2 lays it out; the client's are masked. */
function frame(fromClient: boolean, first: number, payload: Uint8Array | string): Uint8Array {
  const body = Buffer.from(payload);
  const mask = fromClient ? 0x80 : 0;
  const header = [first];
  if (body.length < 126) header.push(mask | body.length);
  else if (body.length < 65_536) header.push(mask | 126, body.length >> 8, body.length & 255);
  else header.push(mask | 127, 0, 0, 0, 0, ...Buffer.from(Uint32Array.of(body.length).buffer).reverse());
  if (!fromClient) return Buffer.concat([Uint8Array.from(header), body]);
  return Buffer.concat([Uint8Array.from([...header, ...KEY]), body.map((byte, at) => byte ^ KEY[at & 3])]);
}

function run(sent: readonly Sent[], endNanos = 10 * SECOND): WebSocketSummary {
  let result: WebSocketSummary | undefined;
  const stream = new WebSocketStream(0, (summary) => {
    result = summary;
  });
  for (const { fromClient, nanos, bytes } of sent) stream.data(fromClient, bytes, 0, bytes.length, nanos);
  stream.end(endNanos, 'fin', true);
  assert.ok(result !== undefined);
  return result;
}

const at = (seconds: number, fromClient: boolean, first: number, payload: Uint8Array | string): Sent => ({
  fromClient,
  nanos: seconds * SECOND,
  bytes: frame(fromClient, first, payload),
});
const close = (code: number, reason: string) =>
  Buffer.concat([Uint8Array.of(code >> 8, code & 255), Buffer.from(reason)]);

const CHAT: readonly Sent[] = [
  at(1, true, 0x81, 'hello'),
  at(1.5, false, 0x01, 'in '),
  at(1.6, false, 0x89, 'ping-1'),
  at(1.7, false, 0x80, 'two frames'),
  at(1.85, true, 0x8a, 'ping-1'),
  at(2, false, 0x82, new Uint8Array(70_000)),
  at(2.5, true, 0xc2, new Uint8Array(300)),
  at(8, true, 0x88, close(1001, 'góing')),
  at(8.1, false, 0x88, close(1001, 'góing')),
];

const essence = ({ client, server, ...rest }: WebSocketSummary) => ({
  client: { ...client, pings: { ...client.pings } },
  server: { ...server, pings: { ...server.pings } },
  ...rest,
});

describe('WebSocketStream', () => {
  it('counts frames and messages both ways, and times a ping', () => {
    const { client, server } = run(CHAT);
    assert.deepEqual(
      [client.textFrames, client.binaryFrames, client.pongs, client.messages, client.payloadBytes],
      [1, 1, 1, 2, 305],
    );
    assert.equal(client.compressedMessages, 1);
    assert.deepEqual([server.textFrames, server.continuationFrames, server.binaryFrames], [1, 1, 1]);
    assert.deepEqual([server.messages, server.payloadBytes], [2, 70_013]);
    assert.deepEqual([server.pings.sent, server.pings.answered], [1, 1]);
    assert.equal(server.pings.longestNanos, 0.25 * SECOND);
  });

  it('says who closed first, with which code and reason, and the longest idle time', () => {
    const summary = run(CHAT);
    assert.equal(summary.closedByClient, true);
    assert.equal(summary.closeCode, 1001);
    assert.equal(summary.closeReason, 'góing');
    assert.equal(summary.closedCleanly, true);
    assert.equal(summary.longestIdleNanos, 5.5 * SECOND);
  });

  it('has no code for a close frame without one, and no closer where none was sent', () => {
    assert.equal(run([at(1, false, 0x88, '')]).closeCode, undefined);
    assert.equal(run([at(1, false, 0x88, '')]).closedByClient, false);
    assert.equal(run(CHAT.slice(0, 3)).closedByClient, undefined);
    assert.equal(run([]).longestIdleNanos, 10 * SECOND);
  });

  it('counts the same wherever the bytes are cut', () => {
    const whole = essence(run(CHAT));
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (sizes) => {
        const cut = CHAT.flatMap(({ fromClient, nanos, bytes }) => {
          const parts: Sent[] = [];
          for (let place = 0; place < bytes.length; ) {
            const end = place + (bytes.length > 1000 ? 999 : (sizes.next().value as number));
            parts.push({ fromClient, nanos, bytes: bytes.subarray(place, end) });
            place = end;
          }
          return parts;
        });
        assert.deepEqual(essence(run(cut)), whole);
      }),
    );
  });

  it('goes on behind a hole in a payload, and behind one that hides the end of a frame', () => {
    for (const [start, length] of [
      [100, 5000],
      [60_000, 10_100],
    ]) {
      const big = frame(false, 0x82, new Uint8Array(70_000));
      const next = frame(false, 0x81, 'after');
      const bytes = Buffer.concat([big, next]);
      let summary: WebSocketSummary | undefined;
      const stream = new WebSocketStream(0, (result) => {
        summary = result;
      });
      stream.data(false, bytes, 0, start, 1);
      stream.gap(false, length, 1);
      if (start + length < bytes.length) stream.data(false, bytes, start + length, bytes.length, 2);
      stream.data(false, frame(false, 0x8a, 'x'), 0, 3, 3);
      stream.end(4, 'fin', false);
      assert.equal(summary?.missedBytes, length);
      assert.equal(summary?.server.binaryFrames, 1);
      assert.equal(summary?.server.pongs, 1);
    }
  });

  it('takes noise for lost track, and never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 100 }))), (noise) => {
        run(noise.map(([fromClient, bytes], nanos) => ({ fromClient, bytes, nanos })));
      }),
    );
    assert.equal(run([{ fromClient: true, nanos: 1, bytes: Buffer.from('GET / HTTP/1.1') }]).lostTrack, true);
    assert.equal(OPCODE.close, 8);
  });
});
