import { access, type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../lib/make-folder.ts';
import { type DiskError, diskErrorOf } from './disk-error.ts';

export interface LineFileOptions {
  readonly path: string;
  readonly append: boolean;
  readonly createDirectory: boolean;
  readonly rotation?: { readonly maxSizeBytes: number; readonly maxFiles: number };
  /** Called with every rotation, with the error where it failed. */
  readonly onRotation: (error?: DiskError) => void;
}

/** How much of a text of whole lines is in the file now. */
export interface Written {
  readonly lines: number;
  /** Why it is not everything. */
  readonly error?: DiskError;
}

/** The owner may write, the group may read. */
const FILE_MODE = 0o640;
const NEWLINE = 0x0a;

/**
 * A file that holds only whole lines, through a full disk and through rotation. A line that did not fit is taken
 * back, and what counts as written is what the operating system has taken.
 *
 * Rotation, with `max_files: 2`: `x` becomes `x.1`, `x.1` becomes `x.2`, and the old `x.2` goes. It happens between
 * two lines, before the one that would make the file larger than `max_size`.
 */
export class LineFile {
  readonly #options: LineFileOptions;
  #handle: FileHandle | undefined;
  #sizeBytes = 0;
  #isRegular = true;

  constructor(options: LineFileOptions) {
    this.#options = options;
  }

  /** Throws the operating system's error. */
  async open(): Promise<void> {
    const { path, append, createDirectory } = this.#options;
    if (createDirectory) await makeFolder(dirname(path));
    await this.#reopen();
    if (!append && this.#isRegular) {
      await this.#handle?.truncate(0);
      this.#sizeBytes = 0;
    }
  }

  /** Writes lines in order; one call at a time, and bytes must not change until it settles. Never rejects. */
  async write(text: string | Uint8Array): Promise<Written> {
    const bytes =
      typeof text === 'string' ? Buffer.from(text) : Buffer.from(text.buffer, text.byteOffset, text.length);
    let lines = 0;
    for (let at = 0; at < bytes.length; ) {
      const end = await this.#roomFor(bytes, at);
      const part = bytes.subarray(at, end);
      const written = await this.#append(part);
      lines += written.lines;
      if (written.error) return { lines, error: written.error };
      at = end;
    }
    return { lines };
  }

  /** Forces what was written onto the disk. */
  async sync(): Promise<void> {
    // A pipe or a terminal has nothing to force.
    if (this.#isRegular) await this.#handle?.datasync();
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  /** The end of the longest run of whole lines from `at` that the file has room for; rotates when there is none. */
  async #roomFor(bytes: Buffer, at: number): Promise<number> {
    const { rotation } = this.#options;
    if (rotation === undefined || !this.#isRegular) return bytes.length;
    const room = rotation.maxSizeBytes - this.#sizeBytes;
    if (bytes.length - at <= room) return bytes.length;
    const end = room > 0 ? bytes.lastIndexOf(NEWLINE, at + room - 1) + 1 : 0;
    if (end > at) return end;
    // No line fits: into a new file it goes, even one that is larger than the limit by itself.
    if (this.#sizeBytes > 0 && (await this.#rotate(rotation.maxFiles))) return this.#roomFor(bytes, at);
    return bytes.indexOf(NEWLINE, at) + 1;
  }

  /** After an error what was written counts in whole lines, and the beginning of one more is taken back. */
  async #append(part: Buffer): Promise<Written> {
    let done = 0;
    try {
      if (this.#handle === undefined) await this.#reopen();
      while (done < part.length) {
        const { bytesWritten } = await this.#handle!.write(part, done);
        done += bytesWritten;
      }
      this.#sizeBytes += done;
      return { lines: countLines(part) };
    } catch (error) {
      const whole = part.subarray(0, done).lastIndexOf(NEWLINE) + 1;
      if (done > whole) await this.#takeBack(this.#sizeBytes + whole, this.#sizeBytes + done).catch(() => {});
      this.#sizeBytes += whole;
      const lines = countLines(part.subarray(0, whole));
      return { lines, error: diskErrorOf('write to', this.#options.path, error) };
    }
  }

  /** Only while the end of the file is ours: what another process has appended since must stay. */
  async #takeBack(wholeBytes: number, tornBytes: number): Promise<void> {
    const size = (await this.#handle?.stat())?.size;
    if (size === tornBytes) await this.#handle?.truncate(wholeBytes);
  }

  /** When renaming fails, the file grows on: too large a file is better than lost lines. */
  async #rotate(maxFiles: number): Promise<boolean> {
    const { path, onRotation } = this.#options;
    try {
      await this.#freeFirstName(maxFiles);
      await rename(path, `${path}.1`);
      await this.close();
      await this.#reopen();
      onRotation();
      return true;
    } catch (error) {
      onRotation(diskErrorOf('rotate', path, error));
      return false;
    }
  }

  /**
   * Moves rotated files up, the oldest over the edge, but only as far as the first free name: so a rotation that
   * fails again and again at a later step does not push every old file out.
   */
  async #freeFirstName(maxFiles: number): Promise<void> {
    const { path } = this.#options;
    let free = 1;
    while (free < maxFiles && (await exists(`${path}.${free}`))) free++;
    for (let number = free; number > 1; number--) await rename(`${path}.${number - 1}`, `${path}.${number}`);
  }

  /** Always for appending: then a write goes to the end, also after a torn line was taken back. */
  async #reopen(): Promise<void> {
    const handle = await open(this.#options.path, 'a', FILE_MODE);
    const status = await handle.stat();
    this.#handle = handle;
    this.#sizeBytes = status.size;
    this.#isRegular = status.isFile();
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}
