/** What the bytes at a message's beginning are; `maybe`: too few of them to tell. */
export const VERDICT = { no: 0, yes: 1, maybe: 2 } as const;

const CR = 13;
const LF = 10;
const SPACE = 32;
const ZERO = 48;
const NINE = 57;
const LONGEST_METHOD = 32;
/** `HTTP/` */
const HTTP = [72, 84, 84, 80, 47] as const;

/** RFC 9110 §5.6.2: the characters of a token. */
const IS_TOKEN = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  IS_TOKEN[character.charCodeAt(0)] = 1;
}

/** The start line that was looked at last: positions in the bytes that were given. */
export class StartLine {
  /** Request: the method, the target and the version. Response: unused, the version, the status. */
  methodEnd = 0;
  targetStart = 0;
  targetEnd = 0;
  versionStart = 0;
  versionEnd = 0;
  reasonStart = 0;
  /** Of the line without its end. */
  lineEnd = 0;
  status = 0;

  /** `METHOD target HTTP/1.1`; a target with blanks in it is taken as it is. */
  request(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    const methodLimit = Math.min(end, start + LONGEST_METHOD);
    while (at < methodLimit && IS_TOKEN[bytes[at]] === 1) at++;
    if (at === methodLimit) return at === end ? VERDICT.maybe : VERDICT.no;
    if (at === start || bytes[at] !== SPACE) return VERDICT.no;
    this.methodEnd = at;
    this.targetStart = at + 1;
    let space = at;
    for (at++; at < end && bytes[at] !== LF; at++) if (bytes[at] === SPACE) space = at;
    if (at === end) return VERDICT.maybe;
    this.lineEnd = bytes[at - 1] === CR ? at - 1 : at;
    this.targetEnd = space;
    this.versionStart = space + 1;
    this.versionEnd = this.lineEnd;
    if (space < this.targetStart || !isVersion(bytes, space + 1, this.lineEnd)) return VERDICT.no;
    return VERDICT.yes;
  }

  /** `HTTP/1.1 200 OK`; the text may be missing. */
  response(bytes: Uint8Array, start: number, end: number): number {
    const compared = Math.min(HTTP.length, end - start);
    for (let index = 0; index < compared; index++)
      if (bytes[start + index] !== HTTP[index]) return VERDICT.no;
    let at = start;
    while (at < end && bytes[at] !== LF) at++;
    if (at === end) return VERDICT.maybe;
    this.lineEnd = bytes[at - 1] === CR ? at - 1 : at;
    this.versionStart = start;
    let space = start;
    while (space < this.lineEnd && bytes[space] !== SPACE) space++;
    this.versionEnd = space;
    const status = space + 1;
    if (!isVersion(bytes, start, space) || this.lineEnd - status < 3) return VERDICT.no;
    this.status = 0;
    for (let digit = status; digit < status + 3; digit++) {
      if (bytes[digit] < ZERO || bytes[digit] > NINE) return VERDICT.no;
      this.status = this.status * 10 + bytes[digit] - ZERO;
    }
    if (this.status < 100 || (status + 3 < this.lineEnd && bytes[status + 3] !== SPACE)) return VERDICT.no;
    this.reasonStart = Math.min(status + 4, this.lineEnd);
    return VERDICT.yes;
  }
}

/** `HTTP/1.1` and the like. */
function isVersion(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < HTTP.length + 1) return false;
  for (let index = 0; index < HTTP.length; index++) if (bytes[start + index] !== HTTP[index]) return false;
  return bytes[start + HTTP.length] === ZERO + 1 || bytes[start + HTTP.length] === ZERO;
}
