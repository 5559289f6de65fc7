import { beginsWithMethod } from '../http1/methods.ts';
import { RequestLine, VERDICT } from '../http1/start-line.ts';

/**
 * What the first bytes of one side say. `http2` is its preface, `http2_frames` the midst of a connection; `undecided`:
 * there are too few bytes; `unknown`: it is none of these.
 */
export type Recognized = 'http1' | 'http2' | 'http2_frames' | 'tls' | 'unknown' | 'undecided';

/** Enough to tell a long target from noise; what is longer without a line end is not looked at further. */
const LONGEST_LOOK = 4096;
const HTTP2_PREFACE = bytesOf('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const STATUS = bytesOf('HTTP/1.');
/** Of at most 255 bytes, for the connection; -1: any. */
const SETTINGS_HEADER = [0, 0, -1, 4, 0, 0, 0, 0, 0];
const CR = 13;
const LF = 10;
/** The type of the record that a hello is in. */
export const TLS_HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const OLD_HELLO_BYTES = 5;

const requestLine = new RequestLine();

export function recognizeClient(bytes: Uint8Array, first: number, end: number): Recognized {
  // Empty lines before a request are to be ignored (RFC 9112 §2.2).
  let start = first;
  while (start < end && (bytes[start] === CR || bytes[start] === LF)) start++;
  if (start === end) return end - first < LONGEST_LOOK ? 'undecided' : 'unknown';
  const preface = matches(bytes, start, end, HTTP2_PREFACE);
  if (preface === VERDICT.yes) return 'http2';
  const tls = looksLikeTls(bytes, start, end, CLIENT_HELLO);
  if (tls === VERDICT.yes) return 'tls';
  const request = requestLine.look(bytes, start, end);
  if (request === VERDICT.yes && preface === VERDICT.no) return 'http1';
  if (request !== VERDICT.no && beginsWithMethod(bytes, start, end)) return 'http1';
  if (end - start >= LONGEST_LOOK) return 'unknown';
  const mayBecome = preface === VERDICT.maybe || tls === VERDICT.maybe || request === VERDICT.maybe;
  return mayBecome ? 'undecided' : 'unknown';
}

export function recognizeServer(bytes: Uint8Array, start: number, end: number): Recognized {
  const status = matches(bytes, start, end, STATUS);
  if (status === VERDICT.yes) return 'http1';
  const tls = looksLikeTls(bytes, start, end, SERVER_HELLO);
  if (tls === VERDICT.yes) return 'tls';
  const mayBecome = status === VERDICT.maybe || tls === VERDICT.maybe || looksLikeSettings(bytes, start, end);
  return mayBecome ? 'undecided' : 'unknown';
}

/**
 * A server of HTTP/2 may send its SETTINGS before it has heard anything (RFC 9113 §3.4); what the client says then
 * decides, since it may also ask for an upgrade from HTTP/1.
 */
function looksLikeSettings(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = 0; index < SETTINGS_HEADER.length && start + index < end; index++) {
    const expected = SETTINGS_HEADER[index];
    if (expected >= 0 && bytes[start + index] !== expected) return false;
  }
  return true;
}

/** A record of the type handshake, of SSL 3.0 to TLS 1.3, with the message that begins one (RFC 8446 §4 and 5.1). */
function looksLikeTls(bytes: Uint8Array, start: number, end: number, message: number): number {
  const available = end - start;
  if (message === CLIENT_HELLO && isOldHello(bytes, start, end)) {
    return available < OLD_HELLO_BYTES ? VERDICT.maybe : VERDICT.yes;
  }
  if (bytes[start] !== TLS_HANDSHAKE) return VERDICT.no;
  if (available > 1 && bytes[start + 1] !== 3) return VERDICT.no;
  if (available > 2 && bytes[start + 2] > 4) return VERDICT.no;
  if (available > 5) return bytes[start + 5] === message ? VERDICT.yes : VERDICT.no;
  return VERDICT.maybe;
}

/** A ClientHello in the format of SSL 2, which offers SSL 3 or TLS (RFC 5246 §E.2). */
function isOldHello(bytes: Uint8Array, start: number, end: number): boolean {
  const at = (place: number) => (start + place < end ? bytes[start + place] : undefined);
  return (
    bytes[start] >= 0x80 &&
    (at(2) ?? CLIENT_HELLO) === CLIENT_HELLO &&
    (at(3) ?? 3) === 3 &&
    (at(4) ?? 0) <= 3
  );
}

function matches(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): number {
  const compared = Math.min(wanted.length, end - start);
  for (let index = 0; index < compared; index++)
    if (bytes[start + index] !== wanted[index]) return VERDICT.no;
  return compared === wanted.length ? VERDICT.yes : VERDICT.maybe;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
