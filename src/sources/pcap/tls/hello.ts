/** What a ClientHello offers (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2). */
export interface ClientHello {
  readonly serverName: string | undefined;
  readonly alpn: readonly string[];
  /** The highest version offered. */
  readonly version: number;
  readonly sessionId: string;
  /** It will send data before the server has answered (0-RTT). */
  readonly earlyData: boolean;
}

/** What a ServerHello chose. */
export interface ServerHello {
  readonly version: number;
  readonly cipherSuite: number;
  readonly sessionId: string;
  /** TLS 1.2 only: in 1.3 it is encrypted. */
  readonly alpn: string | undefined;
  /** TLS 1.3: a session from before, or an external key, is resumed. */
  readonly preSharedKey: boolean;
  /** It is a HelloRetryRequest: another ClientHello will follow. */
  readonly retry: boolean;
}

const EXTENSION = {
  serverName: 0,
  alpn: 16,
  preSharedKey: 41,
  earlyData: 42,
  supportedVersions: 43,
} as const;

/** RFC 8446 §4.1.3: the random that marks a HelloRetryRequest. */
const RETRY_RANDOM = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';
const RANDOM_BYTES = 32;

/** A place in bytes that never goes beyond their end: what is not there reads as 0, and `short` says so. */
class Cursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  short = false;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  number(width: number): number {
    let value = 0;
    for (let index = 0; index < width; index += 1) {
      if (this.at >= this.end) this.short = true;
      value = value * 256 + (this.at < this.end ? this.bytes[this.at] : 0);
      this.at += 1;
    }
    return value;
  }

  /** A vector with a length of `width` bytes before it; cut where the bytes end. */
  vector(width: number): Cursor {
    return this.slice(this.number(width));
  }

  slice(length: number): Cursor {
    const start = Math.min(this.at, this.end);
    const end = Math.min(this.end, start + length);
    if (end - start < length) this.short = true;
    this.at = end;
    return new Cursor(this.bytes, start, end);
  }

  text(encoding: 'hex' | 'latin1'): string {
    return Buffer.from(this.bytes.subarray(this.at, this.end)).toString(encoding);
  }
}

/** `bytes` from `start` to `end` are the body of the message. `undefined` when it is none. */
export function parseClientHello(bytes: Uint8Array, start: number, end: number): ClientHello | undefined {
  const body = new Cursor(bytes, start, end);
  let version = body.number(2);
  body.slice(RANDOM_BYTES);
  const sessionId = body.vector(1).text('hex');
  body.vector(2);
  body.vector(1);
  if (body.short) return undefined;
  let serverName: string | undefined;
  let alpn: readonly string[] = [];
  let earlyData = false;
  for (const [type, data] of extensions(body)) {
    if (type === EXTENSION.serverName) serverName = hostName(data.vector(2));
    else if (type === EXTENSION.alpn) alpn = protocolNames(data.vector(2));
    else if (type === EXTENSION.earlyData) earlyData = true;
    else if (type === EXTENSION.supportedVersions) version = highestVersion(data.vector(1)) ?? version;
  }
  return { serverName, alpn, version, sessionId, earlyData };
}

export function parseServerHello(bytes: Uint8Array, start: number, end: number): ServerHello | undefined {
  const body = new Cursor(bytes, start, end);
  let version = body.number(2);
  const retry = body.slice(RANDOM_BYTES).text('hex') === RETRY_RANDOM;
  const sessionId = body.vector(1).text('hex');
  const cipherSuite = body.number(2);
  body.number(1);
  if (body.short) return undefined;
  let alpn: string | undefined;
  let preSharedKey = false;
  for (const [type, data] of extensions(body)) {
    if (type === EXTENSION.alpn) alpn = protocolNames(data.vector(2))[0];
    else if (type === EXTENSION.preSharedKey) preSharedKey = true;
    else if (type === EXTENSION.supportedVersions) version = data.number(2);
  }
  return { version, cipherSuite, sessionId, alpn, preSharedKey, retry };
}

function* extensions(body: Cursor): Iterable<readonly [type: number, data: Cursor]> {
  if (body.left < 2) return;
  const list = body.vector(2);
  while (list.left >= 4) yield [list.number(2), list.vector(2)];
}

/** RFC 6066 §3: the first name of type host_name. */
function hostName(list: Cursor): string | undefined {
  while (list.left >= 3) {
    const type = list.number(1);
    const name = list.vector(2);
    if (type === 0 && name.left > 0) return name.text('latin1');
  }
  return undefined;
}

/** RFC 7301 §3.1, without the reserved values of RFC 8701. */
function protocolNames(list: Cursor): string[] {
  const names: string[] = [];
  while (list.left > 0) {
    const name = list.vector(1);
    const reserved = name.left === 2 && isReserved(name.bytes[name.at] * 256 + name.bytes[name.at + 1]);
    if (name.left > 0 && !reserved) names.push(name.text('latin1'));
  }
  return names;
}

function highestVersion(list: Cursor): number | undefined {
  let highest: number | undefined;
  while (list.left >= 2) {
    const version = list.number(2);
    if (version > 0x0400 || isReserved(version)) continue;
    if (highest === undefined || version > highest) highest = version;
  }
  return highest;
}

/** RFC 8701: 0x0a0a, 0x1a1a, … 0xfafa, which mean nothing. */
function isReserved(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}
