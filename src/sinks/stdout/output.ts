import { OutputLost } from '../../component.ts';
import type { TerminalStream } from '../../lib/live-region.ts';
import { printAbove } from '../../lib/live-region.ts';

/** What the sink writes to: `process.stdout`, or a stream that a test made. */
export interface OutputStream extends TerminalStream {
  readonly isTTY?: boolean;
  write(text: string | Uint8Array, done?: (error?: Error | null) => void): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** One stream, written to one text at a time. */
export interface Output {
  /**
   * Text, or text as bytes. Settles when the stream has taken it, so a slow reader slows the sink and not the memory. Rejects
   * when it cannot, once and for all: nobody reads any more (`… | head`), or the disk is full.
   */
  write(text: string | Uint8Array): Promise<void>;
  /** Why the stream takes no more, once it does not. */
  readonly failure: OutputLost | undefined;
}

const outputs = new WeakMap<OutputStream, Output>();

/** One per stream, however many sinks share it, so that its `error` has exactly one listener. */
export function outputOf(stream: OutputStream): Output {
  let output = outputs.get(stream);
  if (output === undefined) {
    output = openOutput(stream);
    outputs.set(stream, output);
  }
  return output;
}

function openOutput(stream: OutputStream): Output {
  let failure: OutputLost | undefined;
  // The first error tells why; later writes only say that the stream is destroyed. Unheard, it would be uncaught.
  stream.on('error', (error) => {
    failure ??= new OutputLost(error);
  });
  return {
    get failure() {
      return failure;
    },
    write: (text) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        printAbove(() => {
          stream.write(text, (error) => {
            if (!error) return resolve();
            failure ??= new OutputLost(error);
            reject(failure);
          });
        });
      }),
  };
}
