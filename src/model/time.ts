/**
 * A wall-clock instant as whole seconds and nanoseconds since 1970-01-01 UTC, the shape of OpenTelemetry's
 * `HrTime`. Two numbers because one double rounds today's epoch nanoseconds to steps of 256 ns.
 */
export type UnixTime = readonly [seconds: number, nanoseconds: number];

const NANOS_PER_SECOND = 1_000_000_000n;

export function unixTimeFromNanos(nanos: bigint): UnixTime {
  return [Number(nanos / NANOS_PER_SECOND), Number(nanos % NANOS_PER_SECOND)];
}

export function unixTimeFromMillis(millis: number): UnixTime {
  const seconds = Math.floor(millis / 1000);
  return [seconds, Math.round((millis - seconds * 1000) * 1e6)];
}

/** Seconds from `start` to `end`; negative when `end` is the earlier one. */
export function secondsBetween(start: UnixTime, end: UnixTime): number {
  return end[0] - start[0] + (end[1] - start[1]) / 1e9;
}

/** RFC 3339 in UTC with nine fractional digits: `2026-11-21T05:00:00.000000001Z`. */
export function formatRfc3339([seconds, nanoseconds]: UnixTime): string {
  const wholeSeconds = new Date(seconds * 1000).toISOString().slice(0, 19);
  return `${wholeSeconds}.${String(nanoseconds).padStart(9, '0')}Z`;
}
