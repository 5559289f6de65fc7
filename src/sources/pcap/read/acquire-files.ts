import { filter, firstValueFrom, fromEvent, Observable, takeUntil } from 'rxjs';
import type { Chunk, SourceContext } from '../../../component.ts';
import { messageOf } from '../../../lib/message-of.ts';
import { unixTimeFromMillis } from '../../../model/time.ts';
import { findCaptureFiles } from './capture-files.ts';
import { CAPTURE_END, CAPTURE_ENDING, CONNECTIONS_PER_ENDING } from './chunk-names.ts';
import { openPieces, STANDARD_INPUT } from './file-pieces.ts';

const NOTHING = new Uint8Array(0);

/**
 * The bytes of capture files, one file after the other, in the order of their first packets. Chunks are decoded
 * while the next one is read, and no further ahead. A chunk's bytes are valid until the subscriber returns.
 *
 * Ends with the last file, where up to `maxConnections` may still be open. Errors when what was named cannot be read at all; a file that turns out to be damaged on
 * the way costs its rest and no other file.
 */
export function acquireFiles(
  named: readonly string[],
  maxConnections: number,
  context: SourceContext,
): Observable<Chunk> {
  return new Observable((subscriber) => {
    const ending = new AbortController();
    subscriber.add(() => ending.abort());
    subscriber.add(context.stop$.subscribe(() => ending.abort()));
    const emit = (name: string, bytes: Uint8Array) =>
      subscriber.next({ time: unixTimeFromMillis(context.scheduler.now()), name, bytes });
    new Reading(context, ending.signal, emit).all(named, maxConnections).then(
      () => {
        emit(CAPTURE_END, NOTHING);
        subscriber.complete();
      },
      (error: unknown) => {
        const detail = messageOf(error);
        context.report({
          part: '',
          state: 'failed',
          detail,
          remedy: 'name files or folders of captures that this user may read',
        });
        subscriber.error(new Error(detail));
      },
    );
  });
}

class Reading {
  readonly #context: SourceContext;
  readonly #signal: AbortSignal;
  readonly #emit: (name: string, bytes: Uint8Array) => void;
  #isPaused = false;

  constructor(context: SourceContext, signal: AbortSignal, emit: (name: string, bytes: Uint8Array) => void) {
    this.#context = context;
    this.#signal = signal;
    this.#emit = emit;
  }

  async all(named: readonly string[], maxConnections: number): Promise<void> {
    // One subscription, and not one for every piece: those took as long as formatting a tenth of the lines.
    const watching = this.#context.paused$.subscribe((paused) => {
      this.#isPaused = paused;
    });
    try {
      await this.#all(named);
      for (let left = maxConnections; left > 0; left -= CONNECTIONS_PER_ENDING) {
        this.#emit(CAPTURE_ENDING, NOTHING);
        if (this.#isPaused) await this.#unpaused();
      }
    } finally {
      watching.unsubscribe();
    }
  }

  async #all(named: readonly string[]): Promise<void> {
    const { paths, others } = await findCaptureFiles(named, this.#signal);
    const what = paths.length === 1 ? nameOf(paths[0]) : `${paths.length} files, ${nameOf(paths[0])} first`;
    this.#context.report({ part: '', state: 'live', detail: `reads ${what}` });
    if (others.length > 0) this.#context.log.warn(`passed over what is no capture: ${others.join('; ')}`);
    for (const path of paths) {
      if (this.#signal.aborted) return;
      const name = nameOf(path);
      await this.#file(path, name);
      this.#emit(name, NOTHING);
    }
  }

  async #file(path: string, name: string): Promise<void> {
    let length = 0;
    try {
      for await (const piece of await openPieces(path, this.#signal)) {
        if (this.#signal.aborted) return;
        length += piece.length;
        this.#emit(name, piece);
        if (this.#isPaused) await this.#unpaused();
      }
    } catch (error) {
      if (this.#signal.aborted) return;
      this.#context.log.error(
        `${name}: cannot be read beyond its first ${length} (unpacked) bytes: ${messageOf(error)}`,
      );
    }
  }

  async #unpaused(): Promise<void> {
    const { paused$ } = this.#context;
    const unpaused$ = paused$.pipe(
      filter((paused) => !paused),
      takeUntil(fromEvent(this.#signal, 'abort')),
    );
    await firstValueFrom(unpaused$, { defaultValue: false });
  }
}

function nameOf(path: string): string {
  return path === STANDARD_INPUT ? 'standard input' : path;
}
