import { nanosAfter, wholeSeconds } from '../lib/split-nanos.ts';
import type { ExponentialHistogramPoint } from '../model/metric.ts';
import type { UnixTime } from '../model/time.ts';

const utf8 = new TextDecoder();

/** A 64-bit field as a number: exact up to 2^53, which counts, ids and durations in nanoseconds stay below. */
export function u64At(record: DataView, at: number): number {
  return record.getUint32(at, true) + record.getUint32(at + 4, true) * 4_294_967_296;
}

/** Histogram cells side by side, from the first to the last that counted something; cell 0 has index `firstIndex`. */
export function bucketsAt(
  record: DataView,
  at: number,
  cells: number,
  firstIndex: number,
): ExponentialHistogramPoint['positive'] {
  const counts: number[] = [];
  let first = -1;
  let used = 0;
  for (let index = 0; index < cells; index += 1) {
    const count = u64At(record, at + index * 8);
    if (count > 0 && first < 0) first = index;
    if (first < 0) continue;
    counts.push(count);
    if (count > 0) used = counts.length;
  }
  counts.length = used;
  return { offset: first < 0 ? 0 : firstIndex + first, bucketCounts: counts };
}

/** Text up to the first zero byte; what is not UTF-8 becomes U+FFFD. */
export function textAt(record: DataView, at: number, bytes: number): string {
  const field = new Uint8Array(record.buffer, record.byteOffset + at, bytes);
  const end = field.indexOf(0);
  return utf8.decode(end < 0 ? field : field.subarray(0, end));
}

/** A 64-bit field of nanoseconds since 1970, exact to the nanosecond. */
export function unixTimeAt(record: DataView, at: number): UnixTime {
  const low = record.getUint32(at, true);
  const seconds = wholeSeconds(low, record.getUint32(at + 4, true));
  return [seconds, nanosAfter(low, seconds)];
}
