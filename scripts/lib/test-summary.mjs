const BOX_WIDTH = 100;

/** The table of stages, as text. */
export function summaryTable(outcomes) {
  const width = Math.max(...outcomes.map(({ name }) => name.length));
  const rows = outcomes.map(
    ({ name, passed, failed, skips, millis }) =>
      `${name.padEnd(width)} ${cell(passed)} ${cell(failed)} ${cell(skips.length)} ${seconds(millis)}`,
  );
  const head = `${'stage'.padEnd(width)}  passed  failed skipped      time`;
  return `\n${head}\n${rows.join('\n')}\n`;
}

function cell(count) {
  return String(count).padStart(7);
}

function seconds(millis) {
  return `${(millis / 1000).toFixed(1)} s`.padStart(9);
}

/** What was not tried and why, in a box that nobody overlooks; empty when everything was. Equal reasons are joined. */
export function skippedBox(outcomes) {
  const countOf = new Map();
  for (const { name, skips } of outcomes) {
    for (const { reason } of skips) {
      const line = `${name}: ${reason}`;
      countOf.set(line, (countOf.get(line) ?? 0) + 1);
    }
  }
  if (countOf.size === 0) return '';
  const lines = [
    'SKIPPED, so not known to work here:',
    ...[...countOf].map(([line, count]) => `${count} × ${line}`),
  ];
  const wrapped = lines.flatMap((line) => wrap(line, BOX_WIDTH - 4));
  const bar = '═'.repeat(BOX_WIDTH - 2);
  const body = wrapped.map((line) => `║ ${line.padEnd(BOX_WIDTH - 4)} ║\n`).join('');
  return `\n╔${bar}╗\n${body}╚${bar}╝\n`;
}

function wrap(text, width) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`    ${word}`);
  }
  return lines;
}

/** The last line of every run; CI reads it. */
export function closingLine(outcomes) {
  const sum = (pick) => outcomes.reduce((total, outcome) => total + pick(outcome), 0);
  const passed = sum((outcome) => outcome.passed);
  const failed = sum((outcome) => outcome.failed);
  const skipped = sum((outcome) => outcome.skips.length);
  return `${passed} passed, ${failed} failed, ${skipped} skipped\n`;
}
