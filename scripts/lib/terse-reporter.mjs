import { relative, resolve } from 'node:path';
import { ROOT } from './paths.mjs';
import { TestTally } from './test-tally.mjs';

/** A reporter for `node --test`: a line for each file, and failures in full with what the file printed. */
// biome-ignore lint/style/noDefaultExport: Node takes a reporter from the default export
export default async function* terseReporter(events) {
  const printedBy = new Map();
  let file;
  let tally = new TestTally(file);
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') {
      const path = resolve(data.file);
      printedBy.set(path, (printedBy.get(path) ?? '') + data.message);
    }
    // These come file by file, whatever ran side by side; other events come when they happen.
    if (type !== 'test:start' && type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.file !== file) {
      if (file !== undefined) yield fileReport(file, tally, printedBy.get(file));
      file = data.file;
      tally = new TestTally(file);
    }
    tally.add({ type, data });
  }
  if (file !== undefined) yield fileReport(file, tally, printedBy.get(file));
}

function fileReport(file, { passed, failures, skips }, printed = '') {
  const counts = [`${passed} passed`];
  if (failures.length > 0) counts.push(`${failures.length} failed`);
  if (skips.length > 0) counts.push(`${skips.length} skipped`);
  const head = `  ${failures.length > 0 ? 'FAIL' : 'ok  '} ${relative(ROOT, file)}: ${counts.join(', ')}\n`;
  if (failures.length === 0) return head;
  const details = failures.map(
    ({ name, line, error }) => `\n${relative(ROOT, file)}:${line}\n${name}\n${error}\n`,
  );
  return `${head}${details.join('')}${printed && `\nit printed:\n${printed}`}\n`;
}
