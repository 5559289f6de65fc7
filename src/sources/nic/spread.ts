export interface Spread {
  /** Processors that the interrupts use, counted by weight, for one of those that they could use. */
  readonly score: number;
  /** The part of all interrupts that the busiest CPU handles, 0 to 1. */
  readonly maxShare: number;
  readonly busiestCpu: number;
  /** As many CPUs as receive queues and affinities allow. */
  readonly expected: number;
  readonly perSecond: number;
}

/**
 * How evenly the interrupts of an interface were spread. With shares sᵢ of each CPU, 1/Σsᵢ² is how many CPUs share the
 * work as if evenly: 1 when one has all, n when n have the same. By `expected` CPUs that is the score.
 *
 * Worked examples: 4 queues that interrupt 4 of 8 CPUs alike are spread as well as 4 queues can be, 4/4 = 1; 8 queues
 * that all interrupt one CPU have 1/8; 3 of 4 interrupts on one of two CPUs have 1/(0.5625 + 0.0625)/2 = 0.8.
 *
 * `undefined` when there was no interrupt.
 */
export function spreadOf(
  interrupts: ReadonlyMap<number, number>,
  seconds: number,
  receiveQueues: number,
  allowedCpus: number,
): Spread | undefined {
  let total = 0;
  for (const count of interrupts.values()) total += count;
  if (total <= 0) return undefined;
  let squares = 0;
  let busiestCpu = -1;
  let maxShare = 0;
  for (const [cpu, count] of interrupts) {
    const share = count / total;
    squares += share * share;
    if (share > maxShare) [maxShare, busiestCpu] = [share, cpu];
  }
  const expected = Math.max(1, Math.min(receiveQueues, allowedCpus));
  const perSecond = seconds > 0 ? total / seconds : 0;
  return { score: 1 / squares / expected, maxShare, busiestCpu, expected, perSecond };
}
