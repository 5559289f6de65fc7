import { spawnSync } from 'node:child_process';
import { exponentialRelativeError, quantilesOf } from '../src/model/histogram-quantile.ts';
import type { ExponentialHistogramPoint } from '../src/model/metric.ts';
import { compiled } from './compile.ts';
import type { Row, Scenario } from './scenario.ts';

const SAMPLES = 1_000_000;
const QUANTILES = [0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999];
const SCALE = 3;
/** STACK_OFFSET of bpf/stack_latency.h. */
const OFFSET = -240;

/** Uniform in (0, 1], and the same sequence in every run (xorshift32, Marsaglia 2003). */
function uniforms(): () => number {
  let state = 2_463_534_242;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 1) / 2 ** 32;
  };
}

/** Log-normal by Box and Muller; `spread` is the standard deviation of the logarithm. */
function logNormal(uniform: () => number, median: number, spread: number): number {
  const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return median * Math.exp(spread * normal);
}

/** Durations in nanoseconds. */
const SHAPES: readonly (readonly [string, (uniform: () => number) => number])[] = [
  ['log-normal, median 20 µs', (uniform) => logNormal(uniform, 20e3, 1)],
  [
    'bimodal, 10 µs and one in ten 5 ms',
    (uniform) => (uniform() > 0.1 ? logNormal(uniform, 10e3, 0.2) : logNormal(uniform, 5e6, 0.2)),
  ],
  ['constant, 3 ms', () => 3e6],
];

function drawn(shape: (uniform: () => number) => number): BigUint64Array {
  const uniform = uniforms();
  const samples = new BigUint64Array(SAMPLES);
  for (let index = 0; index < SAMPLES; index++) {
    samples[index] = BigInt(Math.max(1, Math.round(shape(uniform))));
  }
  return samples;
}

/** The point that the agent would make of the samples, without the extremes, which only narrow the outer buckets. */
function histogramOf(program: string, samples: BigUint64Array): ExponentialHistogramPoint {
  const { status, stdout } = spawnSync(program, { input: new Uint8Array(samples.buffer), encoding: 'utf8' });
  const bucketCounts = stdout.trim().split('\n').map(Number);
  const count = bucketCounts.reduce((sum, each) => sum + each, 0);
  if (status !== 0 || count !== SAMPLES) throw new Error(`${count} of ${SAMPLES} samples were counted`);
  const positive = { offset: OFFSET, bucketCounts };
  return { attributes: {}, time: [0, 0], count, sum: 0, scale: SCALE, zeroCount: 0, positive };
}

/** The largest relative error of any of the quantiles, against the nearest-rank values of the samples themselves. */
function largestError(program: string, samples: BigUint64Array): number {
  const sorted = samples.slice().sort();
  const errors = quantilesOf(histogramOf(program, samples), QUANTILES).map(({ quantile, value }) => {
    const exact = Number(sorted[Math.ceil(quantile * SAMPLES) - 1]) / 1e9;
    return Math.abs(value - exact) / exact;
  });
  return Math.max(...errors);
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(2)} %`;
}

export const quantileError: Scenario = {
  name: 'quantile error',
  question: `How far are quantiles of a scale-${SCALE} histogram from those of the same ${SAMPLES / 1e6} M samples?`,
  aim: `no quantile from ${QUANTILES[0]} to ${QUANTILES.at(-1)} further off than ${percent(exponentialRelativeError(SCALE))}, the stated bound`,
  async measure(): Promise<readonly Row[]> {
    const program = compiled('histogram', ['bench/histogram.c', 'loader/exponential.c'], ['-lm']);
    const bound = exponentialRelativeError(SCALE);
    return SHAPES.map(([what, shape]) => {
      const error = largestError(program, drawn(shape));
      return { what, value: `${percent(error)} at most, ${error <= bound ? 'within' : 'BEYOND'} the bound` };
    });
  },
};
