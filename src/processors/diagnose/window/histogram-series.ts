import { mergeAllHistograms } from '../../../model/merge-histogram.ts';
import type { ExponentialHistogramPoint, HistogramPoint, Temporality } from '../../../model/metric.ts';
import { histogramGrowth } from './histogram-growth.ts';

export type AnyHistogramPoint = ExponentialHistogramPoint | HistogramPoint;

const SLICES_PER_WINDOW = 60;

/** One histogram over the window: what it grew by in each slice of it, merged when somebody asks. */
export class HistogramSeries {
  readonly #slices: { readonly startSeconds: number; timeSeconds: number; points: AnyHistogramPoint[] }[] =
    [];
  readonly #windowSeconds: number;
  #previous: AnyHistogramPoint | undefined;
  #merged: { readonly sinceSeconds: number; readonly point: AnyHistogramPoint | undefined } | undefined;

  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds;
  }

  get newestSeconds(): number {
    return this.#slices.at(-1)?.timeSeconds ?? Number.NEGATIVE_INFINITY;
  }

  add(point: AnyHistogramPoint, temporality: Temporality): void {
    const timeSeconds = point.time[0] + point.time[1] / 1e9;
    const growth = temporality === 'delta' ? point : this.#growth(point);
    this.#merged = undefined;
    const slice = this.#slices.at(-1);
    const width = this.#windowSeconds / SLICES_PER_WINDOW;
    if (slice !== undefined && timeSeconds < slice.timeSeconds) this.#slices.length = 0;
    else if (slice !== undefined && timeSeconds - slice.startSeconds < width) {
      slice.timeSeconds = timeSeconds;
      if (growth !== undefined) slice.points = mergedList([...slice.points, growth]);
      return;
    }
    this.#slices.push({
      startSeconds: timeSeconds,
      timeSeconds,
      points: growth === undefined ? [] : [growth],
    });
    while (this.#slices[0].timeSeconds < timeSeconds - this.#windowSeconds) this.#slices.shift();
  }

  /** Everything that was recorded after the time; `undefined` when nothing was. */
  mergedSince(sinceSeconds: number): AnyHistogramPoint | undefined {
    if (this.#merged?.sinceSeconds !== sinceSeconds) {
      const points = this.#slices
        .filter(({ timeSeconds }) => timeSeconds > sinceSeconds)
        .flatMap((slice) => slice.points);
      this.#merged = { sinceSeconds, point: mergedList(points)[0] };
    }
    return this.#merged.point;
  }

  /** The first point of a cumulative histogram is the past of somebody else's run. */
  #growth(point: AnyHistogramPoint): AnyHistogramPoint | undefined {
    const previous = this.#previous;
    this.#previous = point;
    return previous === undefined ? undefined : histogramGrowth(previous, point);
  }
}

/** One point of all, or none. */
export function mergedList(points: readonly AnyHistogramPoint[]): AnyHistogramPoint[] {
  const occupied = points.filter(({ count }) => count > 0);
  if (occupied.length <= 1) return occupied;
  const newest = occupied[occupied.length - 1];
  if ('scale' in newest) return [mergeAllHistograms(occupied.filter((point) => 'scale' in point))];
  return [mergeExplicit(occupied.filter((point) => !('scale' in point) && sameBounds(point, newest)))];
}

function sameBounds(a: HistogramPoint, b: HistogramPoint): boolean {
  return (
    a.explicitBounds.length === b.explicitBounds.length &&
    a.explicitBounds.every((bound, index) => bound === b.explicitBounds[index])
  );
}

function mergeExplicit(points: readonly AnyHistogramPoint[]): HistogramPoint {
  const all = points as readonly HistogramPoint[];
  const newest = all[all.length - 1];
  const bucketCounts = newest.bucketCounts.map((_, index) =>
    all.reduce((sum, point) => sum + point.bucketCounts[index], 0),
  );
  const { min: _min, max: _max, ...rest } = newest;
  const count = all.reduce((total, point) => total + point.count, 0);
  const sum = all.reduce((total, point) => total + point.sum, 0);
  return { ...rest, count, sum, bucketCounts };
}
