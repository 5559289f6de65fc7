import { readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { defer, EMPTY, exhaustMap, from, type Observable, takeUntil, timer, withLatestFrom } from 'rxjs';
import type { Chunk, SourceContext } from '../../component.ts';
import { unixTimeFromMillis } from '../../model/time.ts';

export interface ProcOptions {
  /** Where /proc is mounted. */
  readonly root: string;
  readonly intervalMillis: number;
  readonly censusIntervalMillis: number;
  readonly cpuPercent: number;
}

/** What one look costs, as the last chunk of it tells in JSON. */
export interface ProcCost {
  readonly isCensus: boolean;
  readonly busyMillis: number;
  readonly nextCensusMillis: number;
}

/** The chunks of a look: its begin, with bytes when it is a census; pieces of the files; its end, with `ProcCost`. */
export const PROC_CHUNK = { begin: 'proc-begin', end: 'proc-end', tcp: 'net/tcp', tcp6: 'net/tcp6' } as const;

/** Some 100 lines, which take the decoder less than a millisecond. Then other work gets its turn. */
const PIECE_BYTES = 16 * 1024;
const PAGE_BYTES = 4096;
const NOTHING = new Uint8Array(0);
/** The state, as the file has it. */
const LISTEN = '0A';

/** The kernel makes a line of text for each socket, and we read it: 4 µs. Beyond this nobody wants to pay that. */
const MOST_SOCKETS = 200_000;

/**
 * The sockets of the own network namespace from /proc/net/tcp and tcp6, where the loader cannot be had. Every interval
 * as much of each as has listening sockets, which the kernel lists first; more rarely all.
 */
export function acquireProc(options: ProcOptions, context: SourceContext): Observable<Chunk> {
  const { root, intervalMillis, censusIntervalMillis, cpuPercent } = options;
  const { scheduler } = context;
  return defer(() => {
    let dueMillis = scheduler.now();
    let wereTooMany = false;

    const isCensusDue = (): boolean => {
      if (scheduler.now() < dueMillis - intervalMillis / 2) return false;
      const sockets = socketsOf(root);
      const areTooMany = sockets > MOST_SOCKETS;
      if (areTooMany && !wereTooMany)
        context.log.warn(
          `${sockets} sockets are too many to read a line for each: no census until they are fewer`,
        );
      wereTooMany = areTooMany;
      return !areTooMany;
    };

    const costOf = (isCensus: boolean, busyMillis: number): ProcCost => {
      const nextCensusMillis = Math.max(censusIntervalMillis, (busyMillis * 100) / cpuPercent);
      if (isCensus) dueMillis = scheduler.now() + nextCensusMillis;
      return { isCensus, busyMillis, nextCensusMillis };
    };

    const look$ = defer(() => from(piecesOf(root, isCensusDue(), costOf, () => scheduler.now())));
    return timer(0, intervalMillis, scheduler).pipe(
      takeUntil(context.stop$),
      withLatestFrom(context.paused$),
      exhaustMap(([, isPaused]) => {
        if (isPaused) context.counters.dropped('paused', 1);
        return isPaused ? EMPTY : look$;
      }),
    );
  });
}

/** One chunk after the other, each when it has been read. */
async function* piecesOf(
  root: string,
  isCensus: boolean,
  costOf: (isCensus: boolean, busyMillis: number) => ProcCost,
  now: () => number,
): AsyncGenerator<Chunk> {
  const chunk = (name: string, bytes: Uint8Array): Chunk => ({
    time: unixTimeFromMillis(now()),
    name,
    bytes,
  });
  let busyMillis = 0;
  yield chunk(PROC_CHUNK.begin, new TextEncoder().encode(isCensus ? 'census' : ''));
  for (const name of [PROC_CHUNK.tcp, PROC_CHUNK.tcp6]) {
    const file = await opened(`${root}/${name}`);
    try {
      for (;;) {
        const began = performance.now();
        const piece = file === undefined ? NOTHING : await nextPiece(file);
        if (piece.length > 0) yield chunk(name, piece);
        // With what the decoder took, which runs before the generator goes on.
        busyMillis += performance.now() - began;
        if (piece.length === 0 || (!isCensus && endsBehindListening(piece))) break;
      }
    } finally {
      await file?.close();
    }
  }
  yield chunk(PROC_CHUNK.end, new TextEncoder().encode(JSON.stringify(costOf(isCensus, busyMillis))));
}

/** `undefined` for a file that is not there: no IPv6. */
async function opened(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch {
    return undefined;
  }
}

/**
 * The next bytes; none at the end. The kernel gives a page at a time, however large the buffer, and where there are few
 * sockets it walks over a large and empty table for that, 10 ms and more: so a thread of the pool waits for it.
 */
async function nextPiece(file: FileHandle): Promise<Uint8Array> {
  const buffer = new Uint8Array(PIECE_BYTES);
  let length = 0;
  while (length + PAGE_BYTES <= PIECE_BYTES) {
    const { bytesRead } = await file.read(buffer, length, PIECE_BYTES - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

/** Whether the last whole line is a connection: the kernel lists all listening sockets before them. */
function endsBehindListening(piece: Uint8Array): boolean {
  const lines = Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1').split('\n');
  const [, , , state] = lines.at(-2)?.trim().split(/\s+/) ?? [];
  return state !== LISTEN;
}

/** `TCP: inuse 5 orphan 0 tw 2 alloc 9 mem 1` of net/sockstat: alloc and tw, which are those of the lines at most. */
function socketsOf(root: string): number {
  try {
    const text = readFileSync(`${root}/net/sockstat`, 'latin1');
    const [, timeWait, allocated] = /^TCP:.* tw (\d+) alloc (\d+)/m.exec(text) ?? [];
    return Number(timeWait ?? 0) + Number(allocated ?? 0);
  } catch {
    return 0;
  }
}
