import type { Chunk, SourceContext } from '../../component.ts';
import { FileReader } from '../../lib/file-reader.ts';
import { messageOf } from '../../lib/message-of.ts';
import { secondsBetween, type UnixTime } from '../../model/time.ts';
import type { ProcFile } from './files.ts';

/** A file that is not there costs a failed open, so it is not tried at every tick. */
const RETRY_SECONDS = 60;

/** Reads all files once per call, and reports a file that cannot be read once, and once when it is back. */
export class Poller {
  readonly #reader = new FileReader();
  readonly #root: string;
  readonly #files: readonly ProcFile[];
  readonly #report: SourceContext['report'];
  readonly #lastFailure = new Map<string, { readonly reason: string; readonly time: UnixTime }>();

  constructor(root: string, files: readonly ProcFile[], report: SourceContext['report']) {
    this.#root = root;
    this.#files = files;
    this.#report = report;
  }

  /** One chunk per file that could be read, all with the same time. */
  poll(time: UnixTime): readonly Chunk[] {
    const chunks: Chunk[] = [];
    for (const file of this.#files) {
      if (!this.#isDue(file, time)) continue;
      const bytes = this.#read(file, time);
      if (bytes) chunks.push({ time, name: file.name, bytes });
    }
    return chunks;
  }

  /** Why a file could not be read, for the first one that could not. */
  get firstReason(): string | undefined {
    const [failure] = this.#lastFailure.values();
    return failure?.reason;
  }

  close(): void {
    this.#reader.close();
  }

  #isDue({ name }: ProcFile, time: UnixTime): boolean {
    const failure = this.#lastFailure.get(name);
    if (!failure) return true;
    const waited = secondsBetween(failure.time, time);
    // Negative when the wall clock was set back.
    return waited >= RETRY_SECONDS || waited < 0;
  }

  #read(file: ProcFile, time: UnixTime): Uint8Array | undefined {
    const { name } = file;
    try {
      const bytes = this.#reader.read(name, pathsOf(this.#root, name));
      if (this.#lastFailure.delete(name))
        this.#report({ part: name, state: 'live', detail: 'readable again' });
      return bytes;
    } catch (error) {
      const reason = reasonOf(error, file, this.#root);
      if (this.#lastFailure.get(name)?.reason !== reason) {
        this.#report({ part: name, state: 'degraded', detail: reason });
      }
      this.#lastFailure.set(name, { reason, time });
      return undefined;
    }
  }
}

/** A /proc that is mounted with `subset=pid` has no `net`, but `self/net`. */
function pathsOf(root: string, name: string): readonly string[] {
  const path = `${root}/${name}`;
  return name.startsWith('net/') ? [path, `${root}/self/${name}`] : [path];
}

function reasonOf(error: unknown, { name, whenMissing }: ProcFile, root: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return `${root}/${name} is not there: ${whenMissing}`;
  // pressure/* of a kernel that was started with psi=0.
  if (code === 'EOPNOTSUPP' || code === 'ENOTSUP') return `${root}/${name} is switched off: ${whenMissing}`;
  return messageOf(error);
}
