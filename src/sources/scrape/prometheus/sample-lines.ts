const NEWLINE = 10;
const TAB = 9;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const HASH = 35;
const ZERO = 48;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
/** So many decimal digits are exact in a double, whatever they are. */
const MOST_EXACT_DIGITS = 15;

/** What a parser of lines tells of a body, in order. Keys are bytes as they stand there, for looking a series up. */
export interface SampleVisitor {
  /** A line that begins with `#`. */
  comment(line: Buffer): void;
  /** `seriesKey` is everything in front of the value: `http_requests_total{code="200"}`. */
  sample(seriesKey: string, value: number, timestamp: number | undefined): void;
  exemplar(): void;
  malformed(): void;
}

/**
 * The lines of Prometheus text (exposition format 0.0.4) and OpenMetrics text (1.0): `name{labels} value`, then maybe a
 * timestamp, then maybe an exemplar behind `#`. Nothing is made of a series but the text in front of its value: what
 * it means is looked up, because from one scrape to the next hardly any is new. Calls back for every line that is not
 * empty, exactly once.
 */
export function readSampleLines(bytes: Buffer, visitor: SampleVisitor): void {
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const next = newline === -1 ? bytes.length : newline;
    const end = bytes[next - 1] === CARRIAGE_RETURN ? next - 1 : next;
    const first = skipBlanks(bytes, start, end);
    if (first < end) {
      if (bytes[first] === HASH) visitor.comment(bytes.subarray(first, end));
      else readSample(bytes, first, end, visitor);
    }
    start = next + 1;
  }
}

function readSample(bytes: Buffer, start: number, end: number, visitor: SampleVisitor): void {
  const keyEnd = seriesEnd(bytes, start, end);
  const valueStart = skipBlanks(bytes, keyEnd, end);
  const valueEnd = wordEnd(bytes, valueStart, end);
  const value = numberAt(bytes, valueStart, valueEnd);
  if (keyEnd === start || value === undefined) {
    visitor.malformed();
    return;
  }
  let at = skipBlanks(bytes, valueEnd, end);
  let timestamp: number | undefined;
  if (at < end && bytes[at] !== HASH) {
    const timestampEnd = wordEnd(bytes, at, end);
    timestamp = numberAt(bytes, at, timestampEnd);
    at = skipBlanks(bytes, timestampEnd, end);
    if (timestamp === undefined || (at < end && bytes[at] !== HASH)) {
      visitor.malformed();
      return;
    }
  }
  if (at < end) visitor.exemplar();
  visitor.sample(bytes.toString('latin1', start, keyEnd), value, timestamp);
}

/** Behind the name, and behind the labels where there are some; `start` when they do not end on this line. */
function seriesEnd(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== SPACE && bytes[at] !== TAB && bytes[at] !== OPEN_BRACE) at++;
  const brace = skipBlanks(bytes, at, end);
  if (bytes[brace] !== OPEN_BRACE || brace >= end) return at;
  let isQuoted = false;
  for (at = brace + 1; at < end; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted && byte === BACKSLASH) at++;
    else if (!isQuoted && byte === CLOSE_BRACE) return at + 1;
  }
  return start;
}

function numberAt(bytes: Buffer, start: number, end: number): number | undefined {
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at] - ZERO;
    if (digit < 0 || digit > 9 || end - start > MOST_EXACT_DIGITS) {
      return parseNumber(bytes.toString('latin1', start, end));
    }
    value = value * 10 + digit;
  }
  return end > start ? value : undefined;
}

/** As Go's ParseFloat reads a number, without its hexadecimal forms; `undefined` when it is none. */
export function parseNumber(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (!word) return undefined;
  if (word[2].toLowerCase() === 'nan') return Number.NaN;
  return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function skipBlanks(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
  return at;
}

function wordEnd(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== SPACE && bytes[at] !== TAB) at++;
  return at;
}
