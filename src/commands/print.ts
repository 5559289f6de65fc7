import { OutputLost } from '../component.ts';
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts';

let lost: OutputLost | undefined;

/**
 * Writes to standard output. Settles when it has taken the text: a pipe takes 64 KiB and then waits for its reader, and the
 * end of the process throws away the rest. Rejects with the first `OutputLost`: later ones only say that it is closed.
 */
export function writeOut(text: string): Promise<void> {
  // Heard, or it would be uncaught; the write's own callback tells.
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => {});
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (!error) return resolve();
      lost ??= new OutputLost(error);
      reject(lost);
    });
  });
}

/** Prints a command's whole answer, and returns the exit code. A reader that goes away (`| head`) is no mistake. */
export async function print(text: string): Promise<number> {
  try {
    await writeOut(text);
  } catch (error) {
    if (!(error instanceof OutputLost)) throw error;
    if (error.isUnread) return EXIT_OK;
    process.stderr.write(`lagpipe: cannot print: ${error.message}\n`);
    return EXIT_FAILED;
  }
  return EXIT_OK;
}
