import { Pings } from '../pings.ts';
import type { ConnectionEnd, ProtocolStream } from '../tcp/stream.ts';
import { OPCODE, type WebSocketFrame, WebSocketFrameReader } from './frame-reader.ts';

/** What one side sent. */
export interface WebSocketSide {
  textFrames: number;
  binaryFrames: number;
  continuationFrames: number;
  pongs: number;
  closes: number;
  /** Messages of one or more frames. */
  messages: number;
  compressedMessages: number;
  /** Payload of text, binary and continuation frames, as sent. */
  payloadBytes: number;
  /** `sent` is the number of ping frames. */
  readonly pings: Pings;
}

/** One WebSocket from the response 101 on, so far. */
export interface WebSocketSummary {
  readonly client: WebSocketSide;
  readonly server: WebSocketSide;
  /** Times in nanoseconds: from the response 101 on; of the last frame. */
  readonly openedNanos: number;
  lastFrameNanos: number;
  /** Longest time without a frame, from the opening to the end. */
  longestIdleNanos: number;
  /** Of the first close frame; `undefined`: none was seen, or it had none (RFC 6455 §7.1.5). */
  closeCode: number | undefined;
  closeReason: string | undefined;
  /** Who sent the first close frame. */
  closedByClient: boolean | undefined;
  /** Both sides sent a close frame: the closing handshake is complete. */
  closedCleanly: boolean;
  /** Bytes that the capture lost; where it is not 0 the counts are a lower bound. */
  missedBytes: number;
  /** Some bytes could not be told to be frames. */
  lostTrack: boolean;
}

/** WebSocket of one connection, after the upgrade (RFC 6455). Messages are counted, not read. */
export class WebSocketStream implements ProtocolStream {
  readonly summary: WebSocketSummary;
  readonly #onEnd: (summary: WebSocketSummary, nanos: number) => void;
  readonly #client: WebSocketFrameReader;
  readonly #server: WebSocketFrameReader;

  constructor(openedNanos: number, onEnd: (summary: WebSocketSummary, nanos: number) => void) {
    this.#onEnd = onEnd;
    this.summary = {
      client: newSide(),
      server: newSide(),
      openedNanos,
      lastFrameNanos: openedNanos,
      longestIdleNanos: 0,
      closeCode: undefined,
      closeReason: undefined,
      closedByClient: undefined,
      closedCleanly: false,
      missedBytes: 0,
      lostTrack: false,
    };
    const reader = (fromClient: boolean) =>
      new WebSocketFrameReader(fromClient, {
        frame: (frame) => this.#frame(frame, fromClient),
        lost: () => {
          this.summary.lostTrack = true;
        },
      });
    this.#client = reader(true);
    this.#server = reader(false);
  }

  data(fromClient: boolean, bytes: Uint8Array, start: number, end: number, nanos: number): void {
    (fromClient ? this.#client : this.#server).data(bytes, start, end, nanos);
  }

  gap(fromClient: boolean, length: number, nanos: number): void {
    this.summary.missedBytes += length;
    (fromClient ? this.#client : this.#server).gap(length, nanos);
  }

  end(nanos: number, _how: ConnectionEnd, _byClient: boolean | undefined): void {
    this.#idleUntil(nanos);
    this.#onEnd(this.summary, nanos);
  }

  #idleUntil(nanos: number): void {
    const { summary } = this;
    summary.longestIdleNanos = Math.max(summary.longestIdleNanos, nanos - summary.lastFrameNanos);
  }

  #frame(frame: WebSocketFrame, fromClient: boolean): void {
    const { summary } = this;
    this.#idleUntil(frame.beganNanos);
    summary.lastFrameNanos = frame.nanos;
    const side = fromClient ? summary.client : summary.server;
    if (frame.opcode < OPCODE.close) countData(side, frame);
    else this.#control(frame, side, fromClient);
  }

  #control(frame: WebSocketFrame, side: WebSocketSide, fromClient: boolean): void {
    const { summary } = this;
    if (frame.opcode === OPCODE.close) {
      side.closes += 1;
      if (summary.closedByClient === undefined) this.#firstClose(frame.control, fromClient);
      summary.closedCleanly = summary.client.closes > 0 && summary.server.closes > 0;
      return;
    }
    const payload = Buffer.from(frame.control).toString('latin1');
    if (frame.opcode === OPCODE.ping) {
      side.pings.ping(payload, frame.nanos);
      return;
    }
    side.pongs += 1;
    (fromClient ? summary.server : summary.client).pings.pong(payload, frame.nanos);
  }

  #firstClose(payload: Uint8Array, fromClient: boolean): void {
    const { summary } = this;
    summary.closedByClient = fromClient;
    if (payload.length < 2) return;
    summary.closeCode = (payload[0] << 8) | payload[1];
    if (payload.length > 2) summary.closeReason = Buffer.from(payload.subarray(2)).toString('utf8');
  }
}

function countData(side: WebSocketSide, frame: WebSocketFrame): void {
  if (frame.opcode === OPCODE.text) side.textFrames += 1;
  else if (frame.opcode === OPCODE.binary) side.binaryFrames += 1;
  else side.continuationFrames += 1;
  side.payloadBytes += frame.payloadBytes;
  if (frame.final) side.messages += 1;
  if (frame.compressed) side.compressedMessages += 1;
}

function newSide(): WebSocketSide {
  return {
    textFrames: 0,
    binaryFrames: 0,
    continuationFrames: 0,
    pongs: 0,
    closes: 0,
    messages: 0,
    compressedMessages: 0,
    payloadBytes: 0,
    pings: new Pings(),
  };
}
