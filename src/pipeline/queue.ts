import { BehaviorSubject, type Observable } from 'rxjs';
import { type Batch, recordsIn } from '../model/batch.ts';

export type WhenFull = 'block' | 'drop_newest' | 'drop_oldest';

export interface QueueOptions {
  /** Capacity in records. */
  readonly size: number;
  readonly whenFull: WhenFull;
  /** Of a queue that blocks: how many records it may come to; twice its size unless given. */
  readonly limit?: number;
}

/**
 * How far beyond `size` a blocking queue may grow unless its limit is given. Blocking asks the sources to wait, but what they had already
 * read still arrives, and a source that cannot wait goes on; past this the queue drops to stay bounded.
 */
const BLOCK_OVERSHOOT = 2;

/**
 * The queue in front of one sink. It holds whole batches and measures itself in records. A batch larger than the
 * whole queue is taken when the queue is empty, because no amount of waiting would make it fit.
 */
export class BoundedQueue {
  readonly #options: QueueOptions;
  readonly #onDrop: (reason: string, records: number) => void;
  readonly #paused = new BehaviorSubject(false);
  readonly #batches: Batch[] = [];
  #records = 0;

  constructor(options: QueueOptions, onDrop: (reason: string, records: number) => void) {
    this.#options = options;
    this.#onDrop = onDrop;
  }

  /** True from the moment a blocking queue is full until it is half empty again. */
  get paused$(): Observable<boolean> {
    return this.#paused;
  }

  get records(): number {
    return this.#records;
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  push(batch: Batch): void {
    const records = recordsIn(batch);
    const { size, whenFull, limit: most = size * BLOCK_OVERSHOOT } = this.#options;
    const limit = whenFull === 'block' ? most : size;
    if (whenFull === 'drop_oldest') {
      while (!this.isEmpty && this.#records + records > limit) this.#drop(this.shift());
    } else if (!this.isEmpty && this.#records + records > limit) {
      this.#onDrop('queue_full', records);
      return;
    }
    this.#batches.push(batch);
    this.#records += records;
    if (whenFull === 'block' && this.#records >= size && !this.#paused.value) this.#paused.next(true);
  }

  shift(): Batch | undefined {
    const batch = this.#batches.shift();
    if (batch === undefined) return undefined;
    this.#records -= recordsIn(batch);
    if (this.#paused.value && this.#records <= this.#options.size / 2) this.#paused.next(false);
    return batch;
  }

  /** Gives up what is left; returns how many records that was. */
  clear(): number {
    const records = this.#records;
    this.#batches.length = 0;
    this.#records = 0;
    if (this.#paused.value) this.#paused.next(false);
    return records;
  }

  #drop(batch: Batch | undefined): void {
    if (batch) this.#onDrop('queue_full', recordsIn(batch));
  }
}
