import type { EventBatch } from '../../model/batch.ts';
import { ExponentialCounts } from '../../model/exponential-counts.ts';
import { mergeHistograms } from '../../model/merge-histogram.ts';
import type { ExponentialHistogramPoint, Metric, NumberPoint, PointBase } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';
import type { Definition } from './definition.ts';
import { GroupTable } from './group-table.ts';

const FIRST_CAPACITY = 16;
let groupScratch = new Int32Array(0);

/** What one interval has for one metric: a few numbers for each group, side by side. */
export class Accumulation {
  readonly definition: Definition;
  /** Values that a sum or a histogram cannot have, and so left out. */
  negativeValues = 0;
  readonly #groups: GroupTable;
  readonly #histograms: (ExponentialCounts | undefined)[] = [];
  /** Of points that were histograms already. */
  readonly #merged: (ExponentialHistogramPoint | undefined)[] = [];
  readonly #inputUnit: string | undefined;
  #counts = new Float64Array(FIRST_CAPACITY);
  #sums = new Float64Array(FIRST_CAPACITY);
  #mins = new Float64Array(FIRST_CAPACITY);
  #maxes = new Float64Array(FIRST_CAPACITY);
  #lasts = new Float64Array(FIRST_CAPACITY);

  /** `inputUnit`: of the metric that it is made from. */
  constructor(definition: Definition, maxGroups: number, inputUnit?: string) {
    this.definition = definition;
    this.#groups = new GroupTable(definition.groupBy, maxGroups);
    this.#inputUnit = inputUnit;
  }

  addEvents(batch: EventBatch): void {
    const { attribute } = this.definition;
    const column = attribute === undefined ? undefined : batch.columns.get(attribute);
    if (attribute !== undefined && column === undefined) return;
    if (groupScratch.length < batch.length) groupScratch = new Int32Array(batch.length);
    const groups = groupScratch;
    this.#groups.assign(batch, groups);
    this.#reserve();
    if (column?.kind === 'number') this.#addValues(groups, column.values, batch.length);
    else this.#addPresent(groups, column?.codes, batch.length);
  }

  addNumber({ attributes, value }: NumberPoint): void {
    const group = this.#groups.groupOf(attributes);
    this.#reserve();
    if (!Number.isNaN(value)) this.#add(group, value);
  }

  /** For the kind `histogram`: buckets are added to buckets. */
  addHistogram(point: ExponentialHistogramPoint): void {
    const group = this.#groups.groupOf(point.attributes);
    this.#reserve();
    const merged = this.#merged[group];
    this.#merged[group] = merged === undefined ? point : mergeHistograms(merged, point);
    this.#counts[group] += point.count;
  }

  /** Nothing where no value came. */
  metric(startTime: UnixTime, time: UnixTime): Metric | undefined {
    const { name, kind, unit, description } = this.definition;
    const head = {
      name,
      description,
      unit: unit ?? (kind === 'count' ? '{event}' : (this.#inputUnit ?? '1')),
    };
    const groups = Array.from({ length: this.#groups.size }, (_, group) => group).filter(
      (group) => this.#counts[group] > 0,
    );
    if (groups.length === 0) return undefined;
    const at = (group: number): PointBase => ({
      attributes: this.#groups.attributesOf(group),
      startTime,
      time,
    });
    if (kind === 'histogram') {
      const points = groups.map((group) => ({ ...at(group), ...this.#histogram(group) }));
      return { ...head, kind: 'exponential_histogram', temporality: 'delta', points };
    }
    if (kind === 'count' || kind === 'sum') {
      const values = kind === 'count' ? this.#counts : this.#sums;
      const points = groups.map((group) => ({ ...at(group), value: values[group] }));
      return { ...head, kind: 'sum', temporality: 'delta', monotonic: true, points };
    }
    const points = groups.map((group) => ({ ...at(group), value: this.#gauge(kind, group) }));
    return { ...head, kind: 'gauge', points };
  }

  #gauge(kind: 'last' | 'min' | 'max' | 'mean', group: number): number {
    if (kind === 'mean') return this.#sums[group] / this.#counts[group];
    return { last: this.#lasts, min: this.#mins, max: this.#maxes }[kind][group];
  }

  #histogram(group: number): Omit<ExponentialHistogramPoint, keyof PointBase> {
    const merged = this.#merged[group];
    if (merged !== undefined) {
      const { attributes: _attributes, startTime: _startTime, time: _time, ...counted } = merged;
      return counted;
    }
    return {
      count: this.#counts[group],
      sum: this.#sums[group],
      min: this.#mins[group],
      max: this.#maxes[group],
      ...(this.#histograms[group] ?? new ExponentialCounts()).buckets(),
    };
  }

  #addValues(groups: Int32Array, values: Float64Array, length: number): void {
    for (let row = 0; row < length; row++) {
      const value = values[row];
      if (!Number.isNaN(value)) this.#add(groups[row], value);
    }
  }

  /** Texts have no value: the events that have one are counted. */
  #addPresent(groups: Int32Array, codes: Uint32Array | undefined, length: number): void {
    const counts = this.#counts;
    for (let row = 0; row < length; row++) {
      if (codes === undefined || codes[row] !== 0) counts[groups[row]] += 1;
    }
  }

  #add(group: number, value: number): void {
    const { kind } = this.definition;
    if (value < 0 && (kind === 'sum' || kind === 'histogram')) {
      this.negativeValues += 1;
      return;
    }
    if (this.#counts[group] === 0) {
      this.#mins[group] = value;
      this.#maxes[group] = value;
    } else if (value < this.#mins[group]) this.#mins[group] = value;
    else if (value > this.#maxes[group]) this.#maxes[group] = value;
    this.#counts[group] += 1;
    this.#sums[group] += value;
    this.#lasts[group] = value;
    if (kind !== 'histogram') return;
    let histogram = this.#histograms[group];
    if (histogram === undefined) {
      histogram = new ExponentialCounts();
      this.#histograms[group] = histogram;
    }
    histogram.add(value);
  }

  /** Room for every group that there is. */
  #reserve(): void {
    const needed = this.#groups.size;
    if (needed <= this.#counts.length) return;
    const capacity = Math.max(needed, this.#counts.length * 2);
    this.#counts = grown(this.#counts, capacity);
    this.#sums = grown(this.#sums, capacity);
    this.#mins = grown(this.#mins, capacity);
    this.#maxes = grown(this.#maxes, capacity);
    this.#lasts = grown(this.#lasts, capacity);
  }
}

function grown(values: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(capacity);
  larger.set(values);
  return larger;
}
