import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Observable, type Subscriber, Subscription, timer } from 'rxjs';
import type { SourceContext } from '../component.ts';
import { type FrameFault, watchFrames } from './frame-header.ts';
import { type LoaderError, LoaderLog } from './loader-log.ts';

/** How long a loader that was asked to stop may take for its last frames. */
export const STOP_LIMIT_MILLIS = 3000;

/** Why one loader's life ended without being asked to. */
export type LoaderEnd =
  | { readonly kind: 'not_started'; readonly message: string }
  | { readonly kind: 'fault'; readonly fault: FrameFault }
  | {
      readonly kind: 'exited';
      readonly code: number | null;
      readonly signal: string | null;
      readonly lastError: LoaderError | undefined;
      readonly lastDenial: LoaderError | undefined;
    };

/** The error of `runLoader`'s observable. */
export class LoaderEnded extends Error {
  readonly end: LoaderEnd;

  constructor(end: LoaderEnd) {
    super(`the loader ended: ${end.kind}`);
    this.end = end;
  }
}

export interface LoaderRun {
  readonly path: string;
  /** The loader's only input; its standard input then stays open, and closing it asks the loader to stop. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Replays, so that a loader that starts late is stopped as well. */
  readonly stopped$: Observable<void>;
  readonly context: Pick<SourceContext, 'log' | 'paused$' | 'scheduler'>;
}

/**
 * One life of the loader: its standard output as it comes. Completes after a stop that was asked for, with the
 * last frames read; any other end is a `LoaderEnded`. Unsubscribing kills it.
 */
export function runLoader(run: LoaderRun): Observable<Uint8Array> {
  return new Observable((subscriber) => {
    // A process group of its own: Ctrl-C at the terminal is for the agent, which then asks the loader to stop.
    const child = spawn(run.path, [], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    child.once('error', (error) => {
      subscriber.error(new LoaderEnded({ kind: 'not_started', message: error.message }));
    });
    const life = new LoaderLife(child, run, subscriber);
    return () => life.end();
  });
}

class LoaderLife {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #run: LoaderRun;
  readonly #subscriber: Subscriber<Uint8Array>;
  readonly #log: LoaderLog;
  readonly #subscriptions = new Subscription();
  #stopping = false;
  #fault: FrameFault | undefined;

  constructor(child: ChildProcessWithoutNullStreams, run: LoaderRun, subscriber: Subscriber<Uint8Array>) {
    this.#child = child;
    this.#run = run;
    this.#subscriber = subscriber;
    this.#log = new LoaderLog(run.context.log);
    this.#readOutput();
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#log.push(text));
    // A loader that is gone cannot be written to (EPIPE); how it went is told by its exit.
    child.stdin.on('error', () => {});
    child.stdin.write(`${JSON.stringify(run.options)}\n`);
    child.once('close', (code, signal) => this.#closed(code, signal));
    this.#subscriptions.add(run.context.paused$.subscribe((paused) => this.#pause(paused)));
    this.#subscriptions.add(run.stopped$.subscribe(() => this.#stop()));
  }

  /** Whatever was going on, no process and no timer outlives this. */
  end(): void {
    this.#subscriptions.unsubscribe();
    this.#kill();
  }

  #readOutput(): void {
    const watch = watchFrames();
    this.#child.stdout.on('data', (bytes: Uint8Array) => {
      this.#subscriber.next(bytes);
      this.#fault ??= watch(bytes);
      if (this.#fault !== undefined) this.#kill();
    });
  }

  /** What the loader cannot write, its buffers hold; what they cannot hold, the kernel side counts as lost. */
  #pause(paused: boolean): void {
    if (paused && !this.#stopping) this.#child.stdout.pause();
    else this.#child.stdout.resume();
  }

  #stop(): void {
    this.#stopping = true;
    this.#child.stdout.resume();
    this.#child.stdin.end();
    const limit$ = timer(STOP_LIMIT_MILLIS, this.#run.context.scheduler);
    this.#subscriptions.add(
      limit$.subscribe(() => {
        this.#run.context.log.warn(`the loader did not stop within ${STOP_LIMIT_MILLIS} ms and is killed`);
        this.#kill();
      }),
    );
  }

  #closed(code: number | null, signal: string | null): void {
    this.#log.end();
    if (this.#stopping) {
      if (code !== 0)
        this.#run.context.log.warn('the loader did not end cleanly: its last report may be missing');
      this.#subscriber.complete();
    } else if (this.#fault !== undefined) {
      this.#subscriber.error(new LoaderEnded({ kind: 'fault', fault: this.#fault }));
    } else {
      const { lastError, lastDenial } = this.#log;
      this.#subscriber.error(new LoaderEnded({ kind: 'exited', code, signal, lastError, lastDenial }));
    }
  }

  #kill(): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
  }
}
