const NANOS_PER_SECOND = 1_000_000_000;
const TWO_TO_32 = 4_294_967_296;

/**
 * A 64-bit count of nanoseconds, given as its two halves, as whole seconds and the rest: exact, without a BigInt.
 * `low + high * 2^32` as a double rounds today's epoch to steps of 256 ns, so it may only guess the seconds (it
 * is off by one at most); the rest then follows exactly from the low 32 bits, because it is below 2^31.
 */
export function wholeSeconds(low: number, high: number): number {
  const guess = Math.floor((high * TWO_TO_32 + low) / NANOS_PER_SECOND);
  const rest = lowBitsAfter(low, guess);
  if (rest < 0) return guess - 1;
  return rest >= NANOS_PER_SECOND ? guess + 1 : guess;
}

/** What remains of the same count after `seconds`, which is `wholeSeconds(low, high)`: 0 to 999,999,999. */
export function nanosAfter(low: number, seconds: number): number {
  return lowBitsAfter(low, seconds);
}

function lowBitsAfter(low: number, seconds: number): number {
  return (low - Math.imul(seconds | 0, NANOS_PER_SECOND)) | 0;
}
