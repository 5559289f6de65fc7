import { TestTally } from './test-tally.mjs';

/** A reporter for `node --test` that writes the sums as JSON, for scripts/test.mjs to add up. */
// biome-ignore lint/style/noDefaultExport: Node takes a reporter from the default export
export default async function* jsonReporter(events) {
  const tally = new TestTally();
  for await (const event of events) tally.add(event);
  yield JSON.stringify(tally);
}
