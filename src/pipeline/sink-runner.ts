import type { Observable } from 'rxjs';
import { type Logger, OutputLost, type SinkInstance, type WriteResult } from '../component.ts';
import { messageOf } from '../lib/message-of.ts';
import { type Batch, recordsIn } from '../model/batch.ts';
import { BoundedQueue, type QueueOptions } from './queue.ts';
import type { ComponentCounter } from './telemetry.ts';

export interface SinkRunnerOptions {
  readonly sink: SinkInstance;
  readonly queue: QueueOptions;
  readonly counter: ComponentCounter;
  readonly log: Logger;
  /** The sink's output takes nothing any more: nobody reads it (`lagpipe … | head`), or it failed for good. */
  readonly onOutputLost: (lost: OutputLost) => void;
}

/** One sink behind its own queue: batches are written one at a time, and a slow sink delays no other. */
export class SinkRunner {
  readonly #options: SinkRunnerOptions;
  readonly #queue: BoundedQueue;
  /** Reset in the same turn in which the queue was found empty; a promise's end would come a turn too late. */
  #isDraining = false;
  #drained: Promise<void> = Promise.resolve();
  #lastError = '';

  constructor(options: SinkRunnerOptions) {
    this.#options = options;
    this.#queue = new BoundedQueue(options.queue, (reason, records) => this.#give(reason, records));
  }

  get paused$(): Observable<boolean> {
    return this.#queue.paused$;
  }

  async start(): Promise<void> {
    await this.#options.sink.start?.();
  }

  /** Takes a batch from a pipeline. Never throws, never waits. */
  push(batch: Batch): void {
    const records = recordsIn(batch);
    if (records === 0) return;
    this.#options.counter.in += records;
    this.#options.counter.queued += records;
    this.#queue.push(batch);
    if (!this.#isDraining) this.#drained = this.#drain();
  }

  /**
   * Writes what is queued and flushes, until `deadline`; what that finds unwritten is dropped and counted. Closes
   * the sink, until `end`: a little later, so that a sink can say what became of the batch in its hands.
   */
  async stop(deadline: Promise<void>, end: Promise<void>): Promise<void> {
    const { sink, log } = this.#options;
    const flushed = this.#drained
      .then(() => sink.flush?.())
      .catch((error: unknown) => this.#complain(error))
      .then(() => true);
    if (!(await Promise.race([flushed, deadline]))) {
      const left = this.#queue.clear();
      this.#give('shutdown', left);
      log.warn(`stopped at the shutdown limit with ${left} records unwritten`);
    }
    const stopped = Promise.resolve(sink.stop?.()).catch((error: unknown) => this.#complain(error));
    await Promise.race([stopped.then(() => this.#drained), end]);
  }

  /** A loop that waits only where the sink does: one promise per batch at the most, none for a sink in memory. */
  async #drain(): Promise<void> {
    this.#isDraining = true;
    for (let batch = this.#queue.shift(); batch !== undefined; batch = this.#queue.shift()) {
      const records = recordsIn(batch);
      try {
        const result = this.#options.sink.write(batch);
        this.#account(records, result instanceof Promise ? await result : result);
      } catch (error) {
        this.#complain(error);
        this.#reject({ [error instanceof OutputLost ? 'output_closed' : 'error']: records });
      }
    }
    this.#isDraining = false;
  }

  #account(records: number, { delivered, rejected = {} }: WriteResult): void {
    const { counter } = this.#options;
    counter.deliveredRecords += delivered;
    counter.queued -= delivered;
    this.#reject(rejected);
    const unaccounted = records - delivered - sumOf(rejected);
    if (unaccounted > 0) this.#reject({ unaccounted });
  }

  #reject(rejected: Readonly<Record<string, number>>): void {
    for (const [reason, records] of Object.entries(rejected)) {
      this.#options.counter.rejected(reason, records);
      this.#options.counter.queued -= records;
    }
  }

  #give(reason: string, records: number): void {
    this.#options.counter.dropped(reason, records);
    this.#options.counter.queued -= records;
  }

  /** The same failure many times over is one line, not one for every batch. */
  #complain(error: unknown): void {
    const message = messageOf(error);
    const isExpected = error instanceof OutputLost && error.isUnread;
    if (!isExpected && message !== this.#lastError) this.#options.log.error(message);
    this.#lastError = message;
    if (error instanceof OutputLost) this.#options.onOutputLost(error);
  }
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
