import { formatQuantity } from '../../lib/human-number.ts';
import { downscale } from '../../model/merge-histogram.ts';
import type { ExponentialHistogramPoint, HistogramPoint } from '../../model/metric.ts';
import type { AnyHistogramPoint } from './histogram-series.ts';

const BAR_WIDTH = 48;
const LABEL_WIDTH = 17;
const COUNT_WIDTH = 10;

interface Row {
  readonly label: string;
  readonly count: number;
}

/**
 * A histogram as netstacklat prints it: one row per bucket, from the first to the last that counted something.
 * The grid is powers of two of a *second*, so the bounds read 1.95ms and 3.91ms, not 2.1ms and 4.19ms.
 */
export function histogramText(
  title: string,
  point: AnyHistogramPoint,
  unit: string,
  bucketsPerOctave: number,
): string {
  const rows =
    'scale' in point
      ? exponentialRows(downscale(point, Math.log2(bucketsPerOctave)), unit)
      : explicitRows(point, unit);
  const labelWidth = Math.max(LABEL_WIDTH, ...rows.map(({ label }) => label.length));
  const largest = Math.max(...rows.map(({ count }) => count));
  const lines = rows.map(({ label, count }) => {
    const bar = '@'.repeat(Math.floor((count / largest) * BAR_WIDTH)).padEnd(BAR_WIDTH);
    return `${label.padEnd(labelWidth)}${String(count).padStart(COUNT_WIDTH)} |${bar}|`;
  });
  return [`${title}:`, ...lines, summary(point, unit)].map((line) => `${line}\n`).join('');
}

function summary({ count, sum }: AnyHistogramPoint, unit: string): string {
  return count === 0 ? 'count: 0' : `count: ${count}, average: ${formatQuantity(sum / count, unit)}`;
}

function exponentialRows(point: ExponentialHistogramPoint, unit: string): Row[] {
  const { offset, bucketCounts } = point.positive;
  const bound = (index: number): string => formatQuantity(2 ** (index * 2 ** -point.scale), unit);
  const rows = occupiedStretch(bucketCounts).map((position) => ({
    label: `(${bound(offset + position)}, ${bound(offset + position + 1)}]`,
    count: bucketCounts[position],
  }));
  if (point.zeroCount === 0) return rows;
  return [{ label: formatQuantity(0, unit), count: point.zeroCount }, ...rows];
}

function explicitRows({ explicitBounds, bucketCounts }: HistogramPoint, unit: string): Row[] {
  const bound = (index: number): string => {
    const value = explicitBounds[index];
    if (value === undefined) return index < 0 ? '-inf' : 'inf';
    return formatQuantity(value, unit);
  };
  return occupiedStretch(bucketCounts).map((position) => ({
    label: `(${bound(position - 1)}, ${bound(position)}${position < explicitBounds.length ? ']' : ')'}`,
    count: bucketCounts[position],
  }));
}

/** Positions from the first to the last non-zero count: the empty buckets between them are part of the picture. */
function occupiedStretch(counts: readonly number[]): number[] {
  const first = counts.findIndex((count) => count > 0);
  if (first === -1) return [];
  const last = counts.findLastIndex((count) => count > 0);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
