import type { ExponentialHistogramPoint } from './metric.ts';

/** Buckets are 2^(1/8) wide, 9 %: the grid of the histograms that are counted in the kernel. */
const SCALE = 3;
const PER_OCTAVE = 2 ** SCALE;

/** 2^(1/8) to 2^(7/8): where buckets within an octave end. */
const INNER_BOUNDS = Float64Array.from(
  { length: PER_OCTAVE - 1 },
  (_, index) => 2 ** ((index + 1) / PER_OCTAVE),
);

/** 128 octaves, from a picosecond to the age of the universe and far beyond: bounds the memory of one histogram. */
const MOST_BUCKETS = 128 * PER_OCTAVE;

const double = new Float64Array(1);
/** The same eight bytes; the upper half is the second word on every machine that Node runs on. */
const words = new Uint32Array(double.buffer);

/**
 * The bucket of a value above 0: `i` for (2^(i/8), 2^((i+1)/8)]. Exact, without a logarithm: the exponent is read out of
 * the double and what is left, 1 to 2, is compared. Worked example: 3 ms is 2^-9 · 1.536, which lies above 2^(4/8) and not
 * above 2^(5/8), so bucket −9·8 + 4 = −68.
 */
export function bucketIndex(value: number): number {
  double[0] = value;
  const exponent = ((words[1] >>> 20) & 0x7ff) - 1023;
  words[1] = (words[1] & 0xfffff) | (1023 << 20);
  const mantissa = double[0];
  // A power of two is the upper end of the bucket below.
  if (mantissa === 1) return exponent * PER_OCTAVE - 1;
  let step = 0;
  while (step < INNER_BOUNDS.length && mantissa > INNER_BOUNDS[step]) step++;
  return exponent * PER_OCTAVE + step;
}

/** The buckets of one exponential histogram while it is being counted. */
export class ExponentialCounts {
  zeroCount = 0;
  #counts = new Float64Array(0);
  /** The bucket of `#counts[0]`. */
  #offset = 0;

  /** Counts a value of 0 or more. Beyond 128 octaves it counts in the last bucket at that end. */
  add(value: number): void {
    // Below the smallest normal double there is no exponent to read.
    if (value < 2 ** -1022) {
      this.zeroCount += 1;
      return;
    }
    let position = bucketIndex(value) - this.#offset;
    if (position < 0 || position >= this.#counts.length) position = this.#placeFor(position);
    this.#counts[position] += 1;
  }

  /** Without the empty buckets at both ends. */
  buckets(): Pick<ExponentialHistogramPoint, 'scale' | 'zeroCount' | 'positive'> {
    const first = this.#counts.findIndex((count) => count > 0);
    const last = this.#counts.findLastIndex((count) => count > 0);
    const positive =
      first === -1
        ? { offset: 0, bucketCounts: [] }
        : { offset: this.#offset + first, bucketCounts: [...this.#counts.subarray(first, last + 1)] };
    return { scale: SCALE, zeroCount: this.zeroCount, positive };
  }

  /** Makes room for a position outside of the array, with an octave to spare, and returns where it is now. */
  #placeFor(position: number): number {
    const { length } = this.#counts;
    if (length === 0) {
      this.#offset += position - PER_OCTAVE;
      this.#counts = new Float64Array(2 * PER_OCTAVE + 1);
      return PER_OCTAVE;
    }
    const below = position < 0 ? Math.min(PER_OCTAVE - position, MOST_BUCKETS - length) : 0;
    const above = position < 0 ? 0 : Math.min(position + 1 + PER_OCTAVE - length, MOST_BUCKETS - length);
    const larger = new Float64Array(below + length + above);
    larger.set(this.#counts, below);
    this.#counts = larger;
    this.#offset -= below;
    return Math.min(Math.max(position + below, 0), larger.length - 1);
  }
}
