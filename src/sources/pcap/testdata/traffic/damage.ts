import type { Random } from '../../../../../test/random-numbers.ts';

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** Link, network and transport headers lie here: damage to them does more than damage to payload. */
const HEADERS_BYTES = 74;

/** A capture file in pieces: its header and its records, little-endian, as `pcapFile` writes them. */
export interface Records {
  readonly header: Uint8Array;
  readonly records: readonly Uint8Array[];
}

/** `undefined` for a file of another format or byte order. */
export function splitRecords(file: Uint8Array): Records | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < FILE_HEADER_BYTES || (view.getUint32(0, true) | 0x00ff_ffff) >>> 0 !== 0xa1ff_ffff)
    return undefined;
  const records: Uint8Array[] = [];
  for (let at = FILE_HEADER_BYTES; at + RECORD_HEADER_BYTES <= file.length; ) {
    const next = at + RECORD_HEADER_BYTES + view.getUint32(at + 8, true);
    if (next > file.length) break;
    records.push(file.subarray(at, next));
    at = next;
  }
  return { header: file.subarray(0, FILE_HEADER_BYTES), records };
}

/** `count` records from the first or a random place on, and again from the first behind the last; some of them damaged, lost, doubled or out of their order. */
export function damagedRecords({ records }: Records, count: number, random: Random): Uint8Array[] {
  const out: Uint8Array[] = [];
  // From calm to wild, so that some connections live long enough to be damaged late.
  const often = 1 + random(40);
  const first = random(2) === 0 ? 0 : random(records.length);
  for (let at = first; out.length < count; at = (at + 1) % records.length) {
    const record = records[at];
    if (random(100) >= often) out.push(record);
    else out.push(...damaged(record, out, random));
  }
  return out.slice(0, count);
}

function damaged(record: Uint8Array, before: readonly Uint8Array[], random: Random): Uint8Array[] {
  switch (random(8)) {
    case 0:
      return [];
    case 1:
      return [record, record];
    case 2:
      return [before[random(Math.max(1, before.length))] ?? record, record];
    case 3:
      return [cut(record, random)];
    case 4:
      return [scrambled(record, RECORD_HEADER_BYTES + HEADERS_BYTES, 1 + random(40), random)];
    case 5:
      return [shifted(record, random)];
    default:
      return [scrambled(record, RECORD_HEADER_BYTES, 1 + random(4), random)];
  }
}

/** The same so many seconds later, so that the connections of a file that comes again are new ones. */
export function later(record: Uint8Array, seconds: number): Uint8Array {
  const copy = record.slice();
  const view = new DataView(copy.buffer);
  view.setUint32(0, view.getUint32(0, true) + seconds, true);
  return copy;
}

/** As a smaller snaplen would have it. */
function cut(record: Uint8Array, random: Random): Uint8Array {
  const kept = record.slice(0, RECORD_HEADER_BYTES + random(record.length - RECORD_HEADER_BYTES + 1));
  new DataView(kept.buffer).setUint32(8, kept.length - RECORD_HEADER_BYTES, true);
  return kept;
}

/** Some bytes after `from` are others; those near it more often. */
function scrambled(record: Uint8Array, from: number, changes: number, random: Random): Uint8Array {
  const copy = record.slice();
  const room = copy.length - from;
  for (let change = 0; change < changes && room > 0; change += 1) {
    const within = random(2) === 0 ? Math.min(room, HEADERS_BYTES) : room;
    copy[from + random(within)] = random(4) === 0 ? 0 : random(256);
  }
  return copy;
}

/** At another time: a clock that was set, or a damaged one. */
function shifted(record: Uint8Array, random: Random): Uint8Array {
  const copy = record.slice();
  const view = new DataView(copy.buffer);
  const seconds = view.getUint32(0, true);
  view.setUint32(0, random(3) === 0 ? random(0xffff_ffff) : seconds + random(200) - 100, true);
  return copy;
}

/** The file itself damaged: anywhere, record headers and the file's own included, or cut off. */
export function damagedFile(file: Uint8Array, random: Random): Uint8Array {
  const copy = file.slice(0, random(3) === 0 ? random(file.length + 1) : file.length);
  for (let change = random(20); change > 0 && copy.length > 0; change -= 1)
    copy[random(copy.length)] = random(256);
  return copy;
}
