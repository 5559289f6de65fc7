import { nanosAfter, wholeSeconds } from '../lib/split-nanos.ts';
import type { UnixTime } from '../model/time.ts';

/** A 64-bit field as a number: exact up to 2^53, which counts, ids and durations in nanoseconds stay below. */
export function u64At(record: DataView, at: number): number {
  return record.getUint32(at, true) + record.getUint32(at + 4, true) * 4_294_967_296;
}

/** A 64-bit field of nanoseconds since 1970, exact to the nanosecond. */
export function unixTimeAt(record: DataView, at: number): UnixTime {
  const low = record.getUint32(at, true);
  const seconds = wholeSeconds(low, record.getUint32(at + 4, true));
  return [seconds, nanosAfter(low, seconds)];
}
