import { catchError, EMPTY, type Observable, Subject, tap } from 'rxjs';
import type { Chunk, Decode, Logger } from '../component.ts';
import { messageOf } from '../lib/message-of.ts';
import { type Batch, recordsIn } from '../model/batch.ts';
import type { ComponentCounter } from './telemetry.ts';

export interface SourceStageOptions {
  readonly chunks: Observable<Chunk>;
  readonly decode: Decode;
  readonly counter: ComponentCounter;
  readonly log: Logger;
  readonly onFailed: (message: string) => void;
}

/**
 * A source's chunks, decoded and counted, as one hot stream for all pipelines that use it. Nothing flows before
 * `connect`, so that every pipeline is in place when the first batch comes. A chunk that the decoder cannot take
 * costs that chunk; an error of the acquiring half ends this source and no other.
 */
export class SourceStage {
  readonly batches$ = new Subject<Batch>();
  readonly #options: SourceStageOptions;
  #lastComplaint = '';

  constructor(options: SourceStageOptions) {
    this.#options = options;
  }

  /** Subscribes to the source; the returned observable completes when it has ended, for whatever reason. */
  run(): Observable<Chunk> {
    return this.#options.chunks.pipe(
      tap({ next: (chunk) => this.#decode(chunk) }),
      catchError((error: unknown) => {
        this.#options.onFailed(messageOf(error));
        return EMPTY;
      }),
    );
  }

  #decode(chunk: Chunk): void {
    try {
      for (const batch of this.#options.decode(chunk)) {
        const records = recordsIn(batch);
        if (records === 0) continue;
        this.#options.counter.out += records;
        this.batches$.next(batch);
      }
    } catch (error) {
      // How many records the chunk held is unknown: it counts as one.
      this.#options.counter.dropped('decode_error', 1);
      const complaint = messageOf(error);
      if (complaint !== this.#lastComplaint)
        this.#options.log.error(`cannot decode ${chunk.name}: ${complaint}`);
      this.#lastComplaint = complaint;
    }
  }
}
