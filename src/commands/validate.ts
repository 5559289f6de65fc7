import { print } from './print.ts';
import { readConfigs } from './read-configs.ts';

/** `lagpipe validate FILE…`: is each file what `run` would accept? Says so, because silence could mean anything. */
export async function validate(files: readonly string[]): Promise<number> {
  const read = await readConfigs(files);
  if (typeof read === 'number') return read;
  const lines = read.configs.map(({ path, sources, processors, sinks, pipelines }) => {
    const parts = [
      count(sources.size, 'source'),
      count(processors.size, 'processor'),
      count(sinks.size, 'sink'),
      count(pipelines.size, 'pipeline'),
    ];
    return `${path}: ok (${parts.join(', ')})\n`;
  });
  return print(lines.join(''));
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
