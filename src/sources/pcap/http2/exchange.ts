/** One stream: a request and its response. Times are capture times in nanoseconds, NaN for what was not seen. */
export interface Http2Exchange {
  readonly streamId: number;
  /** The server opened it with PUSH_PROMISE. */
  readonly pushed: boolean;
  readonly request: Http2Message;
  readonly response: Http2Message;
  /** Responses with a status of 1xx before the final one; their bytes count, their times do not. */
  informational: number;
  /** RST_STREAM: its error code, and who sent it. */
  resetCode: number | undefined;
  resetByClient: boolean | undefined;
  /** Of the newest byte of the request when the first one of the response came. */
  askedNanos: number;
  /** Bytes that the capture lost: of this stream, or of the connection where it cannot be told of which. */
  missedBytes: number;
  /** Nothing of it came since the capture lost bytes of the connection: its end may be among them. */
  isInDoubt: boolean;
  /** Header fields are missing that the capture cannot tell. */
  fieldsUnknown: boolean;
}

export interface Http2Message {
  /** The header block: name and value in turns, pseudo-header fields included; `undefined` while none was seen. */
  fields: readonly string[] | undefined;
  trailers: readonly string[] | undefined;
  beganNanos: number;
  /** Of the last byte seen so far. */
  lastNanos: number;
  /** Frames of the stream that carry the message, with their headers. */
  frameBytes: number;
  /** Content: payload of DATA without padding. */
  bodyBytes: number;
  /** END_STREAM was seen. */
  ended: boolean;
}

export function newExchange(streamId: number, pushed: boolean): Http2Exchange {
  return {
    streamId,
    pushed,
    request: newMessage(),
    response: newMessage(),
    informational: 0,
    resetCode: undefined,
    resetByClient: undefined,
    askedNanos: Number.NaN,
    missedBytes: 0,
    isInDoubt: false,
    fieldsUnknown: false,
  };
}

function newMessage(): Http2Message {
  return {
    fields: undefined,
    trailers: undefined,
    beganNanos: Number.NaN,
    lastNanos: Number.NaN,
    frameBytes: 0,
    bodyBytes: 0,
    ended: false,
  };
}

/** The value of the first field with this name. */
export function fieldValue(fields: readonly string[] | undefined, name: string): string | undefined {
  if (fields === undefined) return undefined;
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return fields[at + 1];
  return undefined;
}
