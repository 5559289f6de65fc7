// Stands in for the loader: a real process that keeps its contract, or breaks it as told. Its folder holds
// `lives.json`, one entry for each time it is started; it writes down the options it got and its process id.
import { existsSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const lives = JSON.parse(readFileSync(join(folder, 'lives.json'), 'utf8'));
let index = 0;
while (existsSync(join(folder, `pid-${index}`))) index += 1;
const life = lives[Math.min(index, lives.length - 1)];
writeFileSync(join(folder, `pid-${index}`), String(process.pid));

let input = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (text) => {
  const hadOptions = input.includes('\n');
  input += text;
  if (!hadOptions && input.includes('\n')) begin();
});
process.stdin.on('end', () => {
  if (life.ignoresStop) return;
  send(life.lastFrames);
  process.exit(0);
});
// Holds the process when standard input has ended.
setInterval(() => {}, 60_000);

function begin() {
  writeFileSync(join(folder, `options-${index}`), input);
  for (const line of life.stderr ?? []) writeSync(2, `${line}\n`);
  send(life.frames);
  if (life.signal !== undefined) process.kill(process.pid, life.signal);
  if (life.code !== undefined) process.exit(life.code);
}

/** Blocks until all is written, as the loader does. */
function send(base64) {
  let bytes = Buffer.from(base64 ?? '', 'base64');
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}
