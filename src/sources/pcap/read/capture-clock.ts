import type { UnixTime } from '../../../model/time.ts';

const NANOS_PER_SECOND = 1e9;
/** The year 2242. A damaged time stamp must still be one that can be written, with four digits for the year. */
const MAX_SECONDS = 2 ** 33;

/**
 * What `Segment.nanos` counts from: the whole second of the capture's first packet. Differences to it are exact
 * in a double, which today's nanoseconds since 1970 are not (they come in steps of 256).
 */
export class CaptureClock {
  /** Seconds since 1970-01-01 UTC; `NaN` before the first packet. */
  baseSeconds = Number.NaN;
  /** When the first packet was captured. */
  first: UnixTime | undefined;

  /** May be called for any packet; the first call settles the base. */
  begin(seconds: number, nanoseconds: number): void {
    if (this.first !== undefined) return;
    this.baseSeconds = possible(seconds);
    this.first = [this.baseSeconds, nanoseconds];
  }

  unixTime(nanos: number): UnixTime {
    const seconds = Math.floor(nanos / NANOS_PER_SECOND);
    return [possible(this.baseSeconds + seconds), nanos - seconds * NANOS_PER_SECOND];
  }
}

function possible(seconds: number): number {
  return Math.min(Math.max(seconds, 0), MAX_SECONDS);
}
