import { type Subscription, timer } from 'rxjs';
import type { ComponentContext, SinkInstance, WriteResult } from '../../component.ts';
import type { Batch } from '../../model/batch.ts';
import type { PartState } from '../../model/telemetry.ts';
import { type DiskError, diskErrorOf } from './disk-error.ts';
import { LineFile } from './line-file.ts';
import type { FileConfig } from './schema.ts';

/** A batch as whole lines. */
interface EncodedLines {
  /** As bytes only until the next batch is encoded. */
  readonly text: string | Uint8Array;
  /** How many records are in the text, and how many in a line of it. */
  readonly records: number;
  readonly recordsPerLine: number;
  /** Records that the format has no place for, by reason. */
  readonly rejected?: Readonly<Record<string, number>>;
}

export type EncodeLines = (batch: Batch) => EncodedLines;

/** Writes each batch as it comes. What is delivered is in the operating system's hands. */
export class FileSink implements SinkInstance {
  readonly #config: FileConfig;
  readonly #context: ComponentContext;
  readonly #encode: EncodeLines;
  readonly #file: LineFile;
  readonly #reported = new Map<string, string>();
  #previous: Promise<unknown> = Promise.resolve();
  #pendingSync: Subscription | undefined;

  constructor(config: FileConfig, context: ComponentContext, encode: EncodeLines) {
    this.#config = config;
    this.#context = context;
    this.#encode = encode;
    const { path, append, create_directory: createDirectory, rotation } = config;
    this.#file = new LineFile({
      path,
      append,
      createDirectory,
      ...(rotation && { rotation: { maxSizeBytes: rotation.max_size, maxFiles: rotation.max_files } }),
      onRotation: (error) => this.#reportPart('rotation', error),
    });
  }

  async start(): Promise<void> {
    const { path } = this.#config;
    try {
      await this.#file.open();
    } catch (error) {
      const { detail, remedy } = diskErrorOf('open', path, error);
      throw new Error(remedy === undefined ? detail : `${detail}; ${remedy}`);
    }
    this.#report('', 'live', `writes to ${path}`);
  }

  /** One at a time, whatever the caller does: lines of two batches never mix. */
  write(batch: Batch): Promise<WriteResult> {
    const result = this.#previous.then(() => this.#writeNow(batch));
    this.#previous = result.catch(() => {});
    return result;
  }

  async flush(): Promise<void> {
    await this.#previous;
    await this.#sync();
  }

  async stop(): Promise<void> {
    await this.flush();
    await this.#file.close();
  }

  async #writeNow(batch: Batch): Promise<WriteResult> {
    const { text, records, recordsPerLine, rejected } = this.#encode(batch);
    if (records === 0) return { delivered: 0, ...(rejected && { rejected }) };
    const { lines, error } = await this.#file.write(text);
    if (lines > 0) this.#syncSoon();
    if (error === undefined) {
      this.#report('', 'live', `writes to ${this.#config.path}`);
      return { delivered: records, ...(rejected && { rejected }) };
    }
    this.#report('', 'degraded', error.detail, error.remedy);
    const delivered = Math.min(records, lines * recordsPerLine);
    return { delivered, rejected: { ...rejected, [error.reason]: records - delivered } };
  }

  /** From the first write after a sync, so that an idle sink leaves the disk alone. */
  #syncSoon(): void {
    this.#pendingSync ??= timer(this.#config.flush_interval, this.#context.scheduler).subscribe(() => {
      void this.#sync();
    });
  }

  async #sync(): Promise<void> {
    if (this.#pendingSync === undefined) return;
    this.#pendingSync.unsubscribe();
    this.#pendingSync = undefined;
    try {
      await this.#file.sync();
      this.#reportPart('flush', undefined);
    } catch (error) {
      this.#reportPart('flush', diskErrorOf('flush', this.#config.path, error));
    }
  }

  /** A part of the work that goes without saying, unless it fails; and then once it works again. */
  #reportPart(part: string, error: DiskError | undefined): void {
    if (error) this.#report(part, 'degraded', error.detail, error.remedy);
    else if (this.#reported.has(part)) this.#report(part, 'live', 'works again');
  }

  /** A state is reported when it begins, not with every batch. */
  #report(part: string, state: PartState, detail: string, remedy?: string): void {
    if (this.#reported.get(part) === detail) return;
    this.#reported.set(part, detail);
    this.#context.report({ part, state, detail, ...(remedy === undefined ? {} : { remedy }) });
  }
}
