import { readConfigs } from './read-configs.ts';
import { type RunOptions, runAgents } from './run-agents.ts';

/** `lagpipe run FILE…`: measure, until told to stop. */
export async function run(files: readonly string[], options: RunOptions): Promise<number> {
  const read = await readConfigs(files);
  return typeof read === 'number' ? read : runAgents(read, options);
}
