import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { formatSeconds } from '../../lib/duration.ts';
import { formatBytes } from '../../lib/human-number.ts';
import { type LiveRegion, liveRegion, type TerminalStream } from '../../lib/live-region.ts';

/** What takes less is not worth a bar. */
const QUIET_MILLIS = 1000;
const REDRAW_MILLIS = 100;
const BAR_COLUMNS = 24;
/** Of a packed file only the packed size is known. */
const PACKED = /\.(gz|zst)$/;

/** A bar on a terminal for files that take longer than a second. */
export class Progress {
  readonly #region: LiveRegion;
  readonly #startMillis = Date.now();
  readonly #totalBytes: number | undefined;
  readonly #timer: NodeJS.Timeout;
  #readBytes = 0;
  #name = '';

  constructor(files: readonly string[], stream: TerminalStream) {
    this.#region = liveRegion(stream);
    this.#totalBytes = totalBytes(files);
    this.#timer = setInterval(() => this.#draw(), REDRAW_MILLIS);
  }

  read(name: string, bytes: number): void {
    if (name !== '') this.#name = basename(name);
    this.#readBytes += bytes;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#region.clear();
  }

  #draw(): void {
    const seconds = (Date.now() - this.#startMillis) / 1000;
    if (seconds * 1000 < QUIET_MILLIS) return;
    this.#region.show([progressLine(this.#name, this.#readBytes, this.#totalBytes, seconds)]);
  }
}

/** `capture.pcap  ███████░░░░░░  45 %  412 MiB of 915 MiB, 398 MiB/s, 1.26s left` */
export function progressLine(
  name: string,
  readBytes: number,
  totalBytes: number | undefined,
  seconds: number,
): string {
  const perSecond = readBytes / seconds;
  const rate = `${formatBytes(perSecond)}/s`;
  if (totalBytes === undefined || totalBytes < readBytes)
    return `${name}  ${formatBytes(readBytes)}, ${rate}`;
  const share = totalBytes === 0 ? 1 : readBytes / totalBytes;
  const full = Math.floor(share * BAR_COLUMNS);
  const bar = '█'.repeat(full) + '░'.repeat(BAR_COLUMNS - full);
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const left = perSecond === 0 ? '' : `, ${formatSeconds((totalBytes - readBytes) / perSecond)} left`;
  return `${name}  ${bar} ${percent}  ${formatBytes(readBytes)} of ${formatBytes(totalBytes)}, ${rate}${left}`;
}

/** Undefined when it cannot be told beforehand: a pipe, a packed file. */
function totalBytes(files: readonly string[]): number | undefined {
  let total = 0;
  try {
    for (const file of files.flatMap(filesIn)) {
      const status = statSync(file);
      if (!status.isFile() || PACKED.test(file)) return undefined;
      total += status.size;
    }
    return total;
  } catch {
    // What cannot be read is for the source to say.
    return undefined;
  }
}

function filesIn(path: string): readonly string[] {
  if (path === '-' || !statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => join(path, entry.name));
}
