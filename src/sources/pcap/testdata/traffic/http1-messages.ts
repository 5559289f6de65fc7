import type { Random } from '../../../../../test/random-numbers.ts';

/** What an analyser must say about one exchange of HTTP/1, whatever happened to its packets. */
export interface Http1Truth {
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly requestBytes: number;
  readonly requestBodyBytes: number;
  /** Interim responses included. */
  readonly responseBytes: number;
  readonly responseBodyBytes: number;
  readonly interimResponses: number;
}

export interface Http1Exchange extends Http1Truth {
  readonly request: Uint8Array;
  readonly response: Uint8Array;
  /** The response ends with the connection. */
  readonly untilClose: boolean;
}

interface Message {
  readonly bytes: Uint8Array;
  readonly bodyBytes: number;
}

const BODY_SIZES = [0, 1, 2, 7, 100, 1448, 5000, 20_000];

/** An exchange with one of the framings of RFC 9112 §6.3; `isLast`: its response may end with the connection. */
export function makeHttp1Exchange(random: Random, ordinal: number, isLast: boolean): Http1Exchange {
  const target = `/item/${ordinal}?${'q'.repeat(random(40))}`;
  const { method, request } = makeRequest(random, target);
  const { status, response, interim, untilClose } = makeResponse(random, method, isLast);
  const interimBytes = Buffer.from(interim.map((line) => `${line}\r\n\r\n`).join(''));
  return {
    method,
    target,
    status,
    request: request.bytes,
    requestBytes: request.bytes.length,
    requestBodyBytes: request.bodyBytes,
    response: Buffer.concat([interimBytes, response.bytes]),
    responseBytes: interimBytes.length + response.bytes.length,
    responseBodyBytes: response.bodyBytes,
    interimResponses: interim.length,
    untilClose,
  };
}

function makeRequest(random: Random, target: string): { method: string; request: Message } {
  const head = (method: string, ...more: string[]) =>
    [
      `${method} ${target} HTTP/1.1`,
      'Host: shop.example',
      `X-Filler: ${'f'.repeat(random(300))}`,
      ...more,
      '',
      '',
    ].join('\r\n');
  switch (random(5)) {
    case 0:
      return { method: 'POST', request: withLength((...more) => head('POST', ...more), body(random)) };
    case 1:
      return {
        method: 'PUT',
        request: chunked(head('PUT', 'Transfer-Encoding: chunked'), random),
      };
    case 2:
      return { method: 'HEAD', request: bodyless(head('HEAD')) };
    case 3:
      return { method: 'DELETE', request: bodyless(head('DELETE', 'Content-Length: 0')) };
    default:
      return { method: 'GET', request: bodyless(head('GET')) };
  }
}

interface MadeResponse {
  readonly status: number;
  readonly response: Message;
  readonly interim: readonly string[];
  readonly untilClose: boolean;
}

function makeResponse(random: Random, method: string, isLast: boolean): MadeResponse {
  const interim =
    random(6) === 0 ? ['HTTP/1.1 103 Early Hints\r\nLink: </a.css>', 'HTTP/1.1 102 Processing'] : [];
  const head = (status: number, ...more: string[]) =>
    [`HTTP/1.1 ${status} Text of ${status}`, 'Server: shop', ...more, '', ''].join('\r\n');
  const made = (status: number, response: Message, untilClose = false): MadeResponse => ({
    status,
    response,
    interim,
    untilClose,
  });
  if (method === 'HEAD') return made(200, bodyless(head(200, 'Content-Length: 5000')));
  switch (random(isLast ? 7 : 6)) {
    case 0:
      return made(204, bodyless(head(204)));
    case 1:
      return made(304, bodyless(head(304, 'Content-Length: 77')));
    case 2:
    case 3:
      return made(200, chunked(head(200, 'Transfer-Encoding: chunked', 'Trailer: X-Sum'), random));
    case 6: {
      const content = body(random);
      const bytes = Buffer.concat([Buffer.from(head(200, 'Connection: close')), content]);
      return made(200, { bytes, bodyBytes: content.length }, true);
    }
    default:
      return made(
        404,
        withLength((...more) => head(404, ...more), body(random)),
      );
  }
}

function bodyless(head: string): Message {
  return { bytes: Buffer.from(head), bodyBytes: 0 };
}

function withLength(head: (...more: string[]) => string, content: Uint8Array): Message {
  const bytes = Buffer.concat([Buffer.from(head(`Content-Length: ${content.length}`)), content]);
  return { bytes, bodyBytes: content.length };
}

/** Chunks of any size, some with an extension, and at times a trailer. */
function chunked(head: string, random: Random): Message {
  const content = body(random);
  const parts: Uint8Array[] = [Buffer.from(head)];
  for (let at = 0; at < content.length; ) {
    const chunk = content.subarray(at, at + 1 + random(content.length));
    const extension = random(4) === 0 ? ';name="value"' : '';
    parts.push(Buffer.from(`${chunk.length.toString(16)}${extension}\r\n`), chunk, Buffer.from('\r\n'));
    at += chunk.length;
  }
  parts.push(Buffer.from(random(2) === 0 ? '0\r\n\r\n' : '0\r\nX-Sum: 5\r\n\r\n'));
  return { bytes: Buffer.concat(parts), bodyBytes: content.length };
}

/** Line ends and all other bytes, but nothing that reads as the beginning of a message. */
function body(random: Random): Uint8Array {
  const bytes = new Uint8Array(BODY_SIZES[random(BODY_SIZES.length)]);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = random(8) === 0 ? 10 + 3 * random(2) : random(256);
  return bytes;
}
