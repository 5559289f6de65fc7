import { EXIT_OK } from './exit-codes.ts';
import { readConfigs } from './read-configs.ts';

/** `lagpipe validate FILE…`: is each file what `run` would accept? Says so, because silence could mean anything. */
export function validate(files: readonly string[]): number {
  const read = readConfigs(files);
  if (typeof read === 'number') return read;
  for (const config of read.configs) {
    const { sources, processors, sinks, pipelines } = config;
    const parts = [
      count(sources.size, 'source'),
      count(processors.size, 'processor'),
      count(sinks.size, 'sink'),
      count(pipelines.size, 'pipeline'),
    ];
    process.stdout.write(`${config.path}: ok (${parts.join(', ')})\n`);
  }
  return EXIT_OK;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
