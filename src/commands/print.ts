/**
 * Prints a whole text. Settles when standard output has taken it: a pipe takes 64 KiB and then waits for its reader, and the
 * end of the process throws away the rest. A reader that goes away (`| head`) is no mistake.
 */
export function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.on('error', () => resolve());
    process.stdout.write(text, () => resolve());
  });
}
