import { FLAG, FRAME, FRAME_HEADER_BYTES, u32 } from './frame.ts';
import { type Frame, FrameReader, type OnFrames } from './frame-reader.ts';
import { type HeaderBlock, HeaderBlocks } from './header-blocks.ts';

/** What the frames of both directions say; `Http2Stream` puts them together. */
export interface OnDirection {
  headers(block: HeaderBlock, fromClient: boolean): void;
  promise(block: HeaderBlock): void;
  /** Content as it comes; 0 bytes: the frame's header. */
  piece(streamId: number, bytes: number, nanos: number, fromClient: boolean): void;
  /** A DATA frame is over. */
  dataFrame(frame: Frame, fromClient: boolean): void;
  reset(streamId: number, code: number, fromClient: boolean): void;
  ping(payload: string, isAnswer: boolean, nanos: number, fromClient: boolean): void;
  goaway(lastStreamId: number, code: number, fromClient: boolean): void;
  hole(streamId: number, bytes: number): void;
  lost(bytes: number): void;
  knows(streamId: number): boolean;
}

/** Frames of one direction by their type (RFC 9113 §6). */
export class Direction implements OnFrames {
  readonly reader: FrameReader;
  readonly #on: OnDirection;
  readonly #fromClient: boolean;
  readonly #blocks: HeaderBlocks;

  constructor(
    on: OnDirection,
    fromClient: boolean,
    fromStart: boolean,
    names: ReadonlySet<string> | undefined,
  ) {
    this.#on = on;
    this.#fromClient = fromClient;
    this.#blocks = new HeaderBlocks(fromStart, names);
    const begin = fromClient ? 'preface' : 'header';
    this.reader = new FrameReader(this, fromStart ? begin : 'search');
  }

  frame(frame: Frame): void {
    switch (frame.type) {
      case FRAME.data:
        this.#on.dataFrame(frame, this.#fromClient);
        break;
      case FRAME.headers:
      case FRAME.pushPromise:
      case FRAME.continuation:
        this.#headers(frame);
        break;
      case FRAME.rstStream:
        if (isWhole(frame, 4))
          this.#on.reset(frame.streamId, u32(frame.bytes, frame.start), this.#fromClient);
        break;
      case FRAME.ping:
        if (isWhole(frame, 8)) this.#ping(frame);
        break;
      case FRAME.goaway:
        if (isWhole(frame, 8)) this.#goaway(frame);
        break;
      default:
      // SETTINGS, PRIORITY, WINDOW_UPDATE and extensions say nothing about an exchange's time.
    }
  }

  piece(streamId: number, bytes: number, nanos: number): void {
    this.#on.piece(streamId, bytes, nanos, this.#fromClient);
  }

  hole(streamId: number, bytes: number): void {
    this.#on.hole(streamId, bytes);
  }

  lost(bytes: number): void {
    this.#blocks.lose();
    this.#on.lost(bytes);
  }

  knows(streamId: number): boolean {
    return this.#on.knows(streamId);
  }

  #headers(frame: Frame): void {
    const block = this.#blocks.add(frame, FRAME_HEADER_BYTES);
    if (block === undefined) return;
    if (block.isPromise) this.#on.promise(block);
    else this.#on.headers(block, this.#fromClient);
  }

  #ping(frame: Frame): void {
    const payload = `${u32(frame.bytes, frame.start)} ${u32(frame.bytes, frame.start + 4)}`;
    this.#on.ping(payload, (frame.flags & FLAG.ack) !== 0, frame.nanos, this.#fromClient);
  }

  #goaway(frame: Frame): void {
    const lastStreamId = u32(frame.bytes, frame.start) & 0x7fff_ffff;
    this.#on.goaway(lastStreamId, u32(frame.bytes, frame.start + 4), this.#fromClient);
  }
}

function isWhole(frame: Frame, bytes: number): boolean {
  return frame.end - frame.start >= bytes;
}
