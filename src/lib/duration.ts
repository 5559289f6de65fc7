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

/** Seconds as a person reads them, three significant digits: `121µs`, `32.6ms`, `1.05s`. */
export function formatSeconds(seconds: number): string {
  const magnitude = Math.abs(seconds);
  if (magnitude === 0) return '0s';
  if (magnitude < 1e-6) return `${toThreeDigits(seconds * 1e9)}ns`;
  if (magnitude < 1e-3) return `${toThreeDigits(seconds * 1e6)}µs`;
  if (magnitude < 1) return `${toThreeDigits(seconds * 1e3)}ms`;
  return `${toThreeDigits(seconds)}s`;
}

function toThreeDigits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
