/** Numbers from 0 to below a limit, which is a whole number above 0. */
export type Random = (below: number) => number;

/** Marsaglia's xorshift32: the same numbers again for the same seed. */
export function randomNumbers(seed: number): Random {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
