import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unixTimeFromMillis } from '../src/model/time.ts';
import { COLLECTORS, filesOf } from '../src/sources/proc/files.ts';
import { Poller } from '../src/sources/proc/poller.ts';
import { sanitise } from './lib/sanitise-proc.ts';

const USAGE = `npm run capture:proc -- NAME [--ticks N] [--every SECONDS] [--root /proc] [--netns PID|NAME|FILE]

Writes what the proc source reads on this host to test/fixtures/proc/NAME/t0, t1, …: for NAME, take what is special
about the host and its kernel, such as ec2-6.8-arm64. Names of interfaces and devices that say who the host belongs
to are replaced; look at the files all the same before they are committed.`;

const FIXTURES = join(import.meta.dirname, '../test/fixtures/proc');

interface Options {
  readonly name: string;
  readonly ticks: number;
  readonly everyMillis: number;
  readonly root: string;
  readonly netns: string | undefined;
}

/** How many files it wrote. */
async function capture({ name, ticks, everyMillis, root, netns }: Options): Promise<number> {
  let written = 0;
  const files = filesOf(COLLECTORS, everyMillis).map(({ everyMillis: _, ...file }) => file);
  const poller = new Poller({ root, netns, files, intervalMillis: everyMillis }, ({ part, detail }) =>
    process.stderr.write(`${part}: ${detail}\n`),
  );
  for (let tick = 0; tick < ticks; tick++) {
    if (tick > 0) await sleep(everyMillis);
    const chunks = poller.poll(unixTimeFromMillis(Date.now()));
    for (const chunk of chunks) {
      const path = join(FIXTURES, name, `t${tick}`, chunk.name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, sanitise(chunk.name, Buffer.from(chunk.bytes).toString('utf8')));
    }
    written += chunks.length;
    process.stdout.write(`t${tick}: ${chunks.length} files\n`);
  }
  poller.close();
  return written;
}

function optionsOf(arguments_: readonly string[]): Options | undefined {
  const [name, ...rest] = arguments_;
  if (name === undefined || !/^[a-z0-9][a-z0-9.-]*$/.test(name) || rest.length % 2 !== 0) return undefined;
  const given = new Map<string, string>();
  for (let at = 0; at < rest.length; at += 2) given.set(rest[at], rest[at + 1]);
  const known = ['--ticks', '--every', '--root', '--netns'];
  if ([...given.keys()].some((key) => !known.includes(key))) return undefined;
  const ticks = Number(given.get('--ticks') ?? 2);
  const everySeconds = Number(given.get('--every') ?? 2);
  if (!Number.isInteger(ticks) || ticks < 1 || !(everySeconds > 0)) return undefined;
  const [root, netns] = [given.get('--root') ?? '/proc', given.get('--netns')];
  return { name, ticks, everyMillis: everySeconds * 1000, root, netns };
}

const options = optionsOf(process.argv.slice(2));
if (options) process.exitCode = (await capture(options)) > 0 ? 0 : 1;
else {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
}
