import { availableParallelism } from 'node:os';

/** Does jobs side by side, as many as there are processors; the last of the list begins first. Results are in order. */
export async function runAtOnce(jobs) {
  const results = new Array(jobs.length);
  let left = jobs.length;
  const work = async () => {
    while (left > 0) {
      const index = --left;
      results[index] = await jobs[index]();
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}
