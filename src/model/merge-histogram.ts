import type { ExponentialHistogramPoint } from './metric.ts';
import type { UnixTime } from './time.ts';

type Buckets = ExponentialHistogramPoint['positive'];

/**
 * The same counts on a coarser grid: each step of scale down joins two neighbouring buckets, so `toScale` 0 has
 * buckets of powers of two. Exact: no count moves across a bound that both grids have. A point that is already
 * at `toScale` or coarser is returned as it is.
 *
 * Worked example: scale 1, offset −3, counts [1, 2, 4] has the indexes −3, −2, −1; at scale 0 they become
 * −2, −1, −1 (halved, rounded down), that is offset −2, counts [1, 6].
 */
export function downscale(point: ExponentialHistogramPoint, toScale: number): ExponentialHistogramPoint {
  if (toScale >= point.scale) return point;
  const factor = 2 ** (point.scale - toScale);
  return { ...point, scale: toScale, positive: joinBuckets(point.positive, factor) };
}

/**
 * Two points as one, on the coarser of their scales; no count is lost. Meant for points with the same attributes
 * (those of `a` are kept); the result covers the time of both. The order of merging does not matter.
 */
export function mergeHistograms(
  a: ExponentialHistogramPoint,
  b: ExponentialHistogramPoint,
): ExponentialHistogramPoint {
  const scale = Math.min(a.scale, b.scale);
  const startTime = earliest(a.startTime, b.startTime);
  const min = mergedExtreme(a, b, 'min', Math.min);
  const max = mergedExtreme(a, b, 'max', Math.max);
  return {
    attributes: a.attributes,
    ...(startTime && { startTime }),
    time: compareTimes(a.time, b.time) >= 0 ? a.time : b.time,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    scale,
    zeroCount: a.zeroCount + b.zeroCount,
    positive: addBuckets(downscale(a, scale).positive, downscale(b, scale).positive),
  };
}

/**
 * Many points as one, as `mergeHistograms` would one by one, with one array made instead of one for each. There is at
 * least one point.
 */
export function mergeAllHistograms(points: readonly ExponentialHistogramPoint[]): ExponentialHistogramPoint {
  const scale = Math.min(...points.map((point) => point.scale));
  const parts = points.map((point) => downscale(point, scale).positive).filter(hasBuckets);
  const offset = Math.min(...parts.map((part) => part.offset));
  const end = Math.max(...parts.map((part) => part.offset + part.bucketCounts.length));
  const bucketCounts = parts.length === 0 ? [] : new Array<number>(end - offset).fill(0);
  for (const part of parts) addTo(bucketCounts, part, offset);
  const positive = { offset: parts.length === 0 ? 0 : offset, bucketCounts };
  return { attributes: points[0].attributes, ...headOf(points), scale, positive };
}

/** Everything but the buckets. */
function headOf(points: readonly ExponentialHistogramPoint[]) {
  let { time, startTime, count, sum, zeroCount, min, max } = points[0];
  for (const point of points.slice(1)) {
    const before = { count, ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
    min = mergedExtreme(before, point, 'min', Math.min);
    max = mergedExtreme(before, point, 'max', Math.max);
    startTime = earliest(startTime, point.startTime);
    if (compareTimes(point.time, time) > 0) time = point.time;
    count += point.count;
    sum += point.sum;
    zeroCount += point.zeroCount;
  }
  return {
    time,
    ...(startTime && { startTime }),
    count,
    sum,
    zeroCount,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  };
}

function hasBuckets({ bucketCounts }: Buckets): boolean {
  return bucketCounts.length > 0;
}

function addTo(bucketCounts: number[], part: Buckets, offset: number): void {
  const shift = part.offset - offset;
  for (let position = 0; position < part.bucketCounts.length; position++) {
    bucketCounts[shift + position] += part.bucketCounts[position];
  }
}

function joinBuckets({ offset, bucketCounts }: Buckets, factor: number): Buckets {
  const newOffset = Math.floor(offset / factor);
  if (bucketCounts.length === 0) return { offset: newOffset, bucketCounts };
  const lastIndex = Math.floor((offset + bucketCounts.length - 1) / factor);
  const joined = new Array<number>(lastIndex - newOffset + 1).fill(0);
  bucketCounts.forEach((count, position) => {
    joined[Math.floor((offset + position) / factor) - newOffset] += count;
  });
  return { offset: newOffset, bucketCounts: joined };
}

function addBuckets(a: Buckets, b: Buckets): Buckets {
  if (a.bucketCounts.length === 0) return b;
  if (b.bucketCounts.length === 0) return a;
  const offset = Math.min(a.offset, b.offset);
  const end = Math.max(a.offset + a.bucketCounts.length, b.offset + b.bucketCounts.length);
  const bucketCounts = new Array<number>(end - offset).fill(0);
  for (const part of [a, b]) addTo(bucketCounts, part, offset);
  return { offset, bucketCounts };
}

type Extremes = Pick<ExponentialHistogramPoint, 'count' | 'min' | 'max'>;

/** Unknown as soon as one side has values whose extreme is unknown; a side without values has no say. */
function mergedExtreme(
  a: Extremes,
  b: Extremes,
  name: 'min' | 'max',
  choose: (x: number, y: number) => number,
): number | undefined {
  if (a.count === 0) return b.count === 0 ? undefined : b[name];
  if (b.count === 0) return a[name];
  const x = a[name];
  const y = b[name];
  return x === undefined || y === undefined ? undefined : choose(x, y);
}

function earliest(a: UnixTime | undefined, b: UnixTime | undefined): UnixTime | undefined {
  if (!a || !b) return a ?? b;
  return compareTimes(a, b) <= 0 ? a : b;
}

function compareTimes(a: UnixTime, b: UnixTime): number {
  return a[0] - b[0] || a[1] - b[1];
}
