import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { defer, EMPTY, exhaustMap, type Observable, scheduled, takeUntil, timer, withLatestFrom } from 'rxjs';
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

/** Some 100 lines, which take the kernel and the decoder a millisecond. Then other work gets its turn. */
const PIECE_BYTES = 16 * 1024;
/** Where there are few sockets, the kernel walks over a large and empty table for a single read. */
const PIECE_MILLIS = 2;

/** The kernel makes a line of text for each socket, and we read it: 4 µs. Beyond this nobody wants to pay that. */
const MOST_SOCKETS = 200_000;

/**
 * The sockets of the own network namespace from /proc/net/tcp and tcp6, where the loader cannot be had. Every interval
 * the first piece of each, in which the kernel lists listening sockets; more rarely all.
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

    const look$ = defer(() =>
      scheduled(
        piecesOf(root, isCensusDue(), costOf, () => scheduler.now()),
        scheduler,
      ),
    );
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

/** One chunk at a time: the scheduler lets others run in between. */
function* piecesOf(
  root: string,
  isCensus: boolean,
  costOf: (isCensus: boolean, busyMillis: number) => ProcCost,
  now: () => number,
): Generator<Chunk> {
  const chunk = (name: string, bytes: Uint8Array): Chunk => ({
    time: unixTimeFromMillis(now()),
    name,
    bytes,
  });
  let busyMillis = 0;
  yield chunk(PROC_CHUNK.begin, new TextEncoder().encode(isCensus ? 'census' : ''));
  for (const name of [PROC_CHUNK.tcp, PROC_CHUNK.tcp6]) {
    const file = new PieceReader(`${root}/${name}`);
    try {
      for (;;) {
        const began = performance.now();
        const piece = file.next();
        if (piece.length > 0) yield chunk(name, piece);
        // With what the decoder took, which runs before the generator goes on.
        busyMillis += performance.now() - began;
        if (piece.length === 0 || !isCensus) break;
      }
    } finally {
      file.close();
    }
  }
  yield chunk(PROC_CHUNK.end, new TextEncoder().encode(JSON.stringify(costOf(isCensus, busyMillis))));
}

/** A file that cannot be opened (no IPv6) is empty. */
class PieceReader {
  readonly #descriptor: number | undefined;
  readonly #buffer = new Uint8Array(PIECE_BYTES);

  constructor(path: string) {
    try {
      this.#descriptor = openSync(path, 'r');
    } catch {
      this.#descriptor = undefined;
    }
  }

  /** A copy of the next bytes; none at the end. The kernel gives a page at a time, however large the buffer. */
  next(): Uint8Array {
    let length = 0;
    const until = performance.now() + PIECE_MILLIS;
    while (this.#descriptor !== undefined && length + 4096 <= PIECE_BYTES) {
      const read = readSync(this.#descriptor, this.#buffer, length, PIECE_BYTES - length, null);
      length += read;
      if (read === 0 || performance.now() > until) break;
    }
    return this.#buffer.slice(0, length);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }
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
