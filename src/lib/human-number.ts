import { formatSeconds } from './duration.ts';

const DECIMAL_PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** A number of things: exact up to 9999, then three digits: `9999`, `12.3k`, `4.56M`. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return '–';
  if (Number.isInteger(count) && Math.abs(count) < 10_000) return String(count);
  return scaled(count, 1000, DECIMAL_PREFIXES).join('');
}

/** Bytes in binary units: `512 B`, `1.5 KiB`, `23.4 GiB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return '–';
  return scaled(bytes, 1024, BYTE_UNITS).join(' ');
}

/** A value in a UCUM unit as a person reads it: `s` as a duration, `By` as a size, anything else as a count. */
export function formatQuantity(value: number, unit: string): string {
  if (!Number.isFinite(value)) return '–';
  if (unit === 's') return formatSeconds(value);
  if (unit === 'By') return formatBytes(value);
  return unit === '%' ? `${formatCount(value)}%` : formatCount(value);
}

/** A quantity per second: `248/s`, `1.5 KiB/s`, and for seconds the share of time: `31ms/s`. */
export function formatRate(perSecond: number, unit: string): string {
  if (!Number.isFinite(perSecond)) return '–';
  if (unit === 's') return `${formatSeconds(perSecond)}/s`;
  return `${unit === 'By' ? formatBytes(perSecond) : formatCount(perSecond)}/s`;
}

function scaled(value: number, step: number, units: readonly string[]): [string, string] {
  let rest = value;
  let index = 0;
  // 999.5 would be written as 1000 with three digits, so it already belongs to the next unit.
  while (Math.abs(rest) >= step - 0.5 && index < units.length - 1) {
    rest /= step;
    index++;
  }
  return [threeDigits(rest), units[index]];
}

/** Three significant digits, but never a whole digit dropped: 1023 stays 1023. */
function threeDigits(value: number): string {
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
