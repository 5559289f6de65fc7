import { TestTally } from './test-tally.mjs';

/** A reporter for `node --test` that writes the sums as JSON, a line for each file: see node-tests.mjs. */
// biome-ignore lint/style/noDefaultExport: Node takes a reporter from the default export
export default async function* jsonReporter(events) {
  let tally;
  for await (const event of events) {
    const { type, data } = event;
    if (type !== 'test:start' && type !== 'test:pass' && type !== 'test:fail') continue;
    // These come file by file, whatever ran side by side.
    if (tally?.file !== data.file) {
      if (tally !== undefined) yield lineOf(tally);
      tally = new TestTally(data.file);
    }
    tally.add(event);
  }
  if (tally !== undefined) yield lineOf(tally);
}

function lineOf(tally) {
  return `${JSON.stringify(tally)}\n`;
}
