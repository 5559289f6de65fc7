import { closeSync, openSync, readSync } from 'node:fs';

const FIRST_BUFFER_BYTES = 64 * 1024;
/** A file of /proc beyond this is not one that this source knows. */
const LARGEST_BUFFER_BYTES = 16 * 1024 * 1024;

/**
 * Reads small files of /proc again and again: descriptors stay open and are read at position 0, and all share one
 * buffer. Synchronous on purpose: the kernel makes the text while it is read, so nothing ever waits for a disk, and
 * this costs half of opening anew and a tenth of the promise-based calls.
 */
export class FileReader {
  readonly #descriptors = new Map<string, number>();
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);

  /**
   * A copy of the bytes of the first of `paths` that can be opened. Throws what the file system says about the last
   * of them; nothing is remembered then. `isWhole` says that the kernel gives all of the file to one read that has
   * room for it, which saves the second read that would say so.
   */
  read(name: string, paths: readonly string[], isWhole = false): Uint8Array {
    const known = this.#descriptors.get(name);
    if (known !== undefined) {
      try {
        return this.#readAll(known, isWhole);
      } catch {
        // What is behind an old descriptor can be gone (ENOENT, ESTALE, ENODEV): once more from the path.
        this.#forget(name);
      }
    }
    const descriptor = openFirst(paths);
    this.#descriptors.set(name, descriptor);
    try {
      return this.#readAll(descriptor, isWhole);
    } catch (error) {
      this.#forget(name);
      throw error;
    }
  }

  /**
   * Whether what was first opened under this name can still be read: false once a process has ended, also when
   * another one has its number by then. Opens it the first time.
   */
  isStillThere(name: string, path: string): boolean {
    const known = this.#descriptors.get(name);
    try {
      if (known === undefined) this.read(name, [path]);
      else this.#readAll(known, false);
      return true;
    } catch {
      this.#forget(name);
      return false;
    }
  }

  close(): void {
    for (const name of [...this.#descriptors.keys()]) this.#forget(name);
  }

  #readAll(descriptor: number, isWhole: boolean): Uint8Array {
    let length = 0;
    // The kernel gives a long file in pieces, each at most a page, and says 0 at the end.
    for (;;) {
      if (length === this.#buffer.length) this.#grow();
      const read = readSync(descriptor, this.#buffer, length, this.#buffer.length - length, length);
      length += read;
      const isEnd = isWhole && length < this.#buffer.length;
      if (read === 0 || isEnd) return this.#buffer.slice(0, length);
    }
  }

  #grow(): void {
    if (this.#buffer.length >= LARGEST_BUFFER_BYTES) {
      throw new Error(`longer than ${LARGEST_BUFFER_BYTES} bytes`);
    }
    const larger = new Uint8Array(this.#buffer.length * 2);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }

  #forget(name: string): void {
    const descriptor = this.#descriptors.get(name);
    this.#descriptors.delete(name);
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function openFirst(paths: readonly string[]): number {
  let failure: unknown;
  for (const path of paths) {
    try {
      return openSync(path, 'r');
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
