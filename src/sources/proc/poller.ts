import type { Chunk, SourceContext } from '../../component.ts';
import { messageOf } from '../../lib/message-of.ts';
import { secondsBetween, type UnixTime } from '../../model/time.ts';
import { NAMESPACE, type ProcFile } from './files.ts';
import { ProcReader } from './proc-reader.ts';

/** A file that is not there costs a failed open, so it is not tried at every tick. */
const RETRY_SECONDS = 60;
/** To look for a process in a namespace takes longer, but a container that is started again should not wait as long. */
const NAMESPACE_RETRY_SECONDS = 10;
const NO_BYTES = new Uint8Array();

export interface PollerOptions {
  readonly root: string;
  /** Process, name or path of the network namespace to look at, where it is not the agent's own. */
  readonly netns?: string | undefined;
  readonly files: readonly ProcFile[];
  readonly intervalMillis: number;
}

interface LastFailure {
  readonly reason: string | undefined;
  readonly time: UnixTime;
}

/** Reads all files that are due once per call, and reports a file that cannot be read once, and once when it is back. */
export class Poller {
  readonly #reader: ProcReader;
  readonly #options: PollerOptions;
  readonly #report: SourceContext['report'];
  readonly #lastFailure = new Map<string, LastFailure>();
  readonly #lastRead = new Map<string, UnixTime>();

  constructor(options: PollerOptions, report: SourceContext['report']) {
    this.#options = options;
    this.#reader = new ProcReader(options.root, options.netns);
    this.#report = report;
  }

  /** One chunk per file that was due and could be read, all with the same time. The last time, all of them are due. */
  poll(time: UnixTime, isLast = false): readonly Chunk[] {
    const chunks: Chunk[] = [];
    const hasNet = this.#follow(time, chunks);
    for (const file of this.#options.files) {
      if ((!hasNet && file.name.startsWith('net/')) || !this.#isDue(file, time, isLast)) continue;
      const bytes = this.#attempt(
        file.name,
        time,
        () => this.#reader.read(file, time),
        (error) => this.#reasonOf(error, file),
      );
      if (!bytes) continue;
      chunks.push({ time, name: file.name, bytes });
      if (file.everyMillis !== undefined) this.#lastRead.set(file.name, time);
    }
    return chunks;
  }

  /** Why a file could not be read, for the first one that could not. */
  get firstReason(): string | undefined {
    return [...this.#lastFailure.values()].find(({ reason }) => reason !== undefined)?.reason;
  }

  /** Whether there is no process in the namespace yet, or no more: one may come. */
  get lacksNamespace(): boolean {
    return this.#lastFailure.has(NAMESPACE);
  }

  close(): void {
    this.#reader.close();
  }

  /** Whether the folder of `net/` is known; a chunk says so when it is another than before. */
  #follow(time: UnixTime, chunks: Chunk[]): boolean {
    if (this.#hasFailedLately(NAMESPACE, time, NAMESPACE_RETRY_SECONDS)) return false;
    const isAnother = this.#attempt(NAMESPACE, time, () => this.#reader.follow(), messageOf);
    if (isAnother) chunks.push({ time, name: NAMESPACE, bytes: NO_BYTES });
    return isAnother !== undefined;
  }

  #isDue({ name, everyMillis }: ProcFile, time: UnixTime, isLast: boolean): boolean {
    if (this.#hasFailedLately(name, time)) return false;
    const last = this.#lastRead.get(name);
    if (last === undefined || everyMillis === undefined || isLast) return true;
    // Ticks come a little early or late: the one that is nearest is meant.
    const waited = secondsBetween(last, time) * 1000 + this.#options.intervalMillis / 2;
    return waited >= everyMillis || waited < 0;
  }

  #hasFailedLately(name: string, time: UnixTime, retrySeconds = RETRY_SECONDS): boolean {
    const failure = this.#lastFailure.get(name);
    if (!failure) return false;
    const waited = secondsBetween(failure.time, time);
    // Negative when the wall clock was set back.
    return waited >= 0 && waited < retrySeconds;
  }

  #attempt<T>(
    part: string,
    time: UnixTime,
    read: () => T,
    reasonOf: (error: unknown) => string | undefined,
  ): T | undefined {
    try {
      const result = read();
      if (this.#lastFailure.delete(part)) this.#report({ part, state: 'live', detail: 'readable again' });
      return result;
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== undefined && this.#lastFailure.get(part)?.reason !== reason) {
        this.#report({ part, state: 'degraded', detail: reason });
      }
      this.#lastFailure.set(part, { reason, time });
      return undefined;
    }
  }

  /** `undefined` for what nobody needs to be told. */
  #reasonOf(error: unknown, file: ProcFile): string | undefined {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const path = this.#reader.pathOf(file);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return file.whenMissing && `${path} is not there: ${file.whenMissing}`;
    }
    // pressure/* of a kernel that was started with psi=0.
    if (code === 'EOPNOTSUPP' || code === 'ENOTSUP') return `${path} is switched off: ${file.whenMissing}`;
    return messageOf(error);
  }
}
