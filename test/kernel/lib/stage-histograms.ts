import type { HistogramValue, OutputRecord } from './agent-process.ts';

/** All intervals of one stage added up, with the bucket's upper bound in seconds beside each count. */
export interface StageTotals {
  readonly count: number;
  readonly sumSeconds: number;
  readonly buckets: ReadonlyMap<number, number>;
}

export function stageTotals(records: readonly OutputRecord[], stage: string): StageTotals {
  const buckets = new Map<number, number>();
  let count = 0;
  let sumSeconds = 0;
  for (const record of records) {
    if (record.metric !== 'lagpipe.stack.latency' || record.attributes['lagpipe.stack.stage'] !== stage)
      continue;
    const value: HistogramValue = record.value!;
    count += value.count;
    sumSeconds += value.sum;
    value.positive.bucketCounts.forEach((samples, index) => {
      const upper = 2 ** ((value.positive.offset + index + 1) / 2 ** value.scale);
      buckets.set(upper, (buckets.get(upper) ?? 0) + samples);
    });
  }
  return { count, sumSeconds, buckets };
}

/** Samples in buckets that lie wholly above the given latency. */
export function samplesAbove(totals: StageTotals, seconds: number): number {
  const base = 2 ** (1 / 8);
  let samples = 0;
  for (const [upper, count] of totals.buckets) if (upper / base >= seconds) samples += count;
  return samples;
}

/** The upper bound of the bucket in which the median lies. */
export function medianSeconds(totals: StageTotals): number {
  let seen = 0;
  for (const [upper, count] of [...totals.buckets].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen * 2 >= totals.count) return upper;
  }
  return Number.NaN;
}

/** Packets that a stage saw and could not time, whatever the reason. */
export function skippedPackets(records: readonly OutputRecord[], stage: string): number {
  return records
    .filter(
      ({ metric, attributes }) =>
        metric === 'lagpipe.stack.skipped' && attributes['lagpipe.stack.stage'] === stage,
    )
    .reduce((sum, { value }) => sum + Number(value), 0);
}

/**
 * Packets that a stage saw, timed or skipped, and how often the kernel left its probe out: in any network namespace, and
 * for anything that passes by the probe, so that none, some or all of these are among what a test sent.
 */
export interface Seen {
  readonly seen: number;
  readonly leftOut: number;
}

export function seenPackets(records: readonly OutputRecord[], stage: string): Seen {
  const { kept, left_out: leftOut } = keptAndLeftOut(records, stage, 'recursion');
  return { seen: kept + skippedPackets(records, stage) - leftOut, leftOut };
}

/** Whether both can be right of the same packets; exact where the kernel left nothing out. */
export function canAgree(a: Seen, b: Seen): boolean {
  return a.seen <= b.seen + b.leftOut && b.seen <= a.seen + a.leftOut;
}

/** How many packets a stage timed, in all groups together, and how many it left out for this reason. */
export function keptAndLeftOut(
  records: readonly OutputRecord[],
  stage: string,
  reason: string,
): { readonly kept: number; readonly left_out: number } {
  let left_out = 0;
  for (const { metric, attributes, value } of records) {
    if (metric !== 'lagpipe.stack.skipped' || attributes['lagpipe.stack.stage'] !== stage) continue;
    if (attributes['lagpipe.stack.skip_reason'] === reason) left_out += value!;
  }
  return { kept: stageTotals(records, stage).count, left_out };
}
