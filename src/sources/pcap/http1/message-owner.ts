/** How the body of a message ends: its length, or one of these. */
export const BODY = { chunked: -1, untilClose: -2, handedOver: -3 } as const;

/** What a direction's messages are given to. */
export interface MessageOwner {
  /** Whether a message begins there; `VERDICT`. */
  looksLikeStart(bytes: Uint8Array, start: number, end: number): number;
  /** Where it may be one, or `TE / HTTP/1.1` the rest of `DELETE`: whether it is to be believed. */
  isLikelyStart(bytes: Uint8Array, start: number, end: number): boolean;
  /** The whole head, if it is there: returns its end, or -1. The start line was looked at just before. */
  scanHead(bytes: Uint8Array, start: number, end: number): number;
  /** The first byte of a message came. */
  begin(nanos: number): void;
  /** Bytes of the message, head and framing included. */
  came(length: number, nanos: number): void;
  /** The head is there, from `start` to `end`: what body follows, its length or a `BODY`. */
  head(bytes: Uint8Array, start: number, end: number): number;
  /** Not even the first line is there whole. */
  startIsCut(bytes: Uint8Array, start: number, end: number): void;
  /** Bytes of the message's content. */
  content(bytes: Uint8Array, start: number, end: number): void;
  /** The message is complete, or as complete as it will be. */
  finish(nanos: number): void;
  /** Bytes of the message that is being read, or before the next, that are not in the capture. */
  missed(length: number, within: boolean): void;
  /** The message that is being read will not be followed to its end. */
  cut(): void;
  /** Bytes that are no message. */
  skipped(length: number): void;
  /** Whether a message may follow although the one that is being read has no end of its own. */
  mayFollow(): boolean;
  /** Whether the body that the head announces may not be there: it may answer a HEAD that is not in the capture. */
  mayHaveNoBody(): boolean;
}
