import {
  concat,
  defer,
  finalize,
  map,
  type Observable,
  of,
  ReplaySubject,
  retry,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import type { Chunk, SourceContext } from '../component.ts';
import { formatSeconds } from '../lib/duration.ts';
import { messageOf } from '../lib/message-of.ts';
import { unixTimeFromMillis } from '../model/time.ts';
import { CHUNK } from './decode-frames.ts';
import type { Explanation } from './denial.ts';
import { describeEnd, explainPermanentEnd } from './loader-end.ts';
import { explainUnusable, loaderPath } from './loader-path.ts';
import { LoaderEnded, type LoaderRun, runLoader } from './loader-process.ts';

/** What to run, and what is lost when it dies, in words: `at most 5s of samples`. */
export interface LoaderProgram {
  readonly options: LoaderRun['options'];
  readonly atRisk: string;
}

const FIRST_BACKOFF_MILLIS = 500;
const LAST_BACKOFF_MILLIS = 30_000;
/** A loader that ran this long is healthy: its next restart waits the shortest time again. */
const HEALTHY_AFTER_MILLIS = 60_000;

/**
 * The frames of one loader, started again when it dies. A `loader-start` chunk comes before each life, so that
 * the decoder drops what the one before left unfinished. Errors only when starting again cannot help.
 */
export function acquireFrames(program: LoaderProgram, context: SourceContext): Observable<Chunk> {
  return defer(() => {
    const path = loaderPath();
    const unusable = explainUnusable(path);
    if (unusable !== undefined) return fail(context, unusable);

    const stopped$ = new ReplaySubject<void>(1);
    const stopping = context.stop$.subscribe(stopped$);
    const run: LoaderRun = { path, options: program.options, stopped$, context };
    const restarts = new Restarts(program.atRisk, context);
    return defer(() => life(run, restarts, context)).pipe(
      retry({ delay: (error) => restarts.after(error).pipe(takeUntil(stopped$)) }),
      finalize(() => stopping.unsubscribe()),
    );
  });
}

function life(run: LoaderRun, restarts: Restarts, context: SourceContext): Observable<Chunk> {
  const now = () => unixTimeFromMillis(context.scheduler.now());
  restarts.began();
  const frames$ = runLoader(run).pipe(
    tap(() => restarts.spoke()),
    map((bytes): Chunk => ({ time: now(), name: CHUNK.frames, bytes })),
  );
  return concat(of<Chunk>({ time: now(), name: CHUNK.start, bytes: new Uint8Array(0) }), frames$);
}

/** When to start again, and what to say about it. */
class Restarts {
  readonly #atRisk: string;
  readonly #context: SourceContext;
  /** Since the last healthy life: 0.5 s, 1 s, 2 s, … 30 s. */
  #inARow = 0;
  #beganMillis = 0;
  #spoke = false;
  #everSpoke = false;

  constructor(atRisk: string, context: SourceContext) {
    this.#atRisk = atRisk;
    this.#context = context;
  }

  began(): void {
    this.#beganMillis = this.#context.scheduler.now();
    this.#spoke = false;
  }

  /** The loader's first bytes are its HELLO: from then on it measures, and there is something to lose. */
  spoke(): void {
    this.#spoke = true;
    this.#everSpoke = true;
  }

  /** Emits when the loader should start again; errors when that would not help. */
  after(error: unknown): Observable<unknown> {
    const permanent =
      error instanceof LoaderEnded ? explainPermanentEnd(error.end, this.#everSpoke) : undefined;
    if (permanent !== undefined) return fail(this.#context, permanent);
    const { scheduler } = this.#context;
    if (scheduler.now() - this.#beganMillis >= HEALTHY_AFTER_MILLIS) this.#inARow = 0;
    const backoffMillis = Math.min(LAST_BACKOFF_MILLIS, FIRST_BACKOFF_MILLIS * 2 ** this.#inARow);
    this.#inARow += 1;
    const what = error instanceof LoaderEnded ? describeEnd(error.end) : messageOf(error);
    const lost = this.#spoke ? `lost: ${this.#atRisk}; ` : '';
    const detail = `${what}; ${lost}it starts again in ${formatSeconds(backoffMillis / 1000)}`;
    this.#context.report({ part: '', state: 'restarting', detail });
    return timer(backoffMillis, scheduler);
  }
}

/** Says it where statuses are shown, and ends the source. */
function fail(context: SourceContext, { detail, remedy }: Explanation): Observable<never> {
  context.report({ part: '', state: 'failed', detail, remedy });
  return throwError(() => new Error(`${detail}; ${remedy}`));
}
