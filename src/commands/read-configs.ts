import { createReadStream } from 'node:fs';
import { loadConfig } from '../config/load.ts';
import type { PipelineConfig } from '../config/model.ts';
import { renderProblems } from '../config/render.ts';
import { redactor } from '../lib/logger.ts';
import { messageOf } from '../lib/message-of.ts';
import { takesColour } from '../lib/terminal.ts';
import { registry } from '../registry.ts';
import { EXIT_CONFIG, EXIT_USAGE } from './exit-codes.ts';

export interface ReadConfigs {
  readonly configs: readonly PipelineConfig[];
  /** Hides every secret that the files or the environment held. */
  readonly redact: (text: string) => string;
}

/** Far more than any pipeline file has; a device or a capture by mistake would fill the memory. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads and checks every file, and prints what is wrong with all of them before giving up. Each file stands alone:
 * two files may use the same ids. Returns the exit code when one of them cannot be used.
 */
export async function readConfigs(paths: readonly string[]): Promise<ReadConfigs | number> {
  const texts = await Promise.all(paths.map(async (path) => ({ path, text: await readText(path) })));
  const missing = texts.filter(({ text }) => text instanceof Error);
  for (const { path, text } of missing)
    process.stderr.write(`${path}: error: cannot read it: ${whyUnreadable(text)}\n`);
  if (missing.length > 0) return EXIT_USAGE;

  const results = texts.map(({ path, text }) =>
    loadConfig({ path, text: String(text) }, { environment: process.env, registry }),
  );
  const colour = takesColour(process.stderr);
  const problems = results.flatMap((result) => result.problems);
  if (problems.length > 0) process.stderr.write(renderProblems(problems, { colour }));
  const configs = results.flatMap((result) => result.config ?? []);
  if (configs.length < paths.length) return EXIT_CONFIG;
  return { configs, redact: redactor(results.flatMap((result) => result.secrets)) };
}

function whyUnreadable(error: string | NodeJS.ErrnoException): string {
  const code = typeof error === 'string' ? undefined : error.code;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder; name the files in it, as in pipelines/*.yaml';
  return code === 'EACCES' ? 'this user may not' : messageOf(error);
}

async function readText(path: string): Promise<string | Error> {
  try {
    // Standard input as a stream: a pipe may be set not to wait, and what fills it be slow.
    return await boundedText(path === '-' ? process.stdin : createReadStream(path));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Throws when there is more than a pipeline file can have. */
async function boundedText(pieces: AsyncIterable<Buffer>): Promise<string> {
  const taken: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    taken.push(piece);
    bytes += piece.length;
    if (bytes > MAX_BYTES)
      throw new Error(`it is longer than ${MAX_BYTES / 1024 / 1024} MiB, so it is no pipeline file`);
  }
  return Buffer.concat(taken).toString('utf8');
}
