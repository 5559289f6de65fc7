const MILLIS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** What a person writes for a duration, as a regular expression for schemas and editors. */
export const DURATION_PATTERN = '^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$';

/** `1m30s` → 90000. `undefined` when the text is not a duration; a bare number is not one: it has no unit. */
export function parseDurationMillis(text: string): number | undefined {
  if (!new RegExp(DURATION_PATTERN).test(text)) return undefined;
  let millis = 0;
  for (const [, value, unit] of text.matchAll(/([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h)/g)) {
    millis += Number(value) * MILLIS_PER_UNIT[unit];
  }
  return millis;
}

const UNITS_BELOW_SECOND = [
  [1e9, 'ns'],
  [1e6, 'µs'],
  [1e3, 'ms'],
] as const;

/** Seconds as a person reads them, three significant digits: `121µs`, `32.6ms`, `1.05s`. */
export function formatSeconds(seconds: number): string {
  if (seconds === 0) return '0s';
  for (const [perSecond, unit] of UNITS_BELOW_SECOND) {
    // Rounded first: 999.6 µs is `1ms`, not `1000µs`.
    const rounded = Number((seconds * perSecond).toPrecision(3));
    if (Math.abs(rounded) < 1000) return `${rounded}${unit}`;
  }
  return `${Number(seconds.toPrecision(3))}s`;
}
