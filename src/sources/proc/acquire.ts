import { Observable, take, timer } from 'rxjs';
import type { Chunk, SourceContext } from '../../component.ts';
import { formatSeconds } from '../../lib/duration.ts';
import { unixTimeFromMillis } from '../../model/time.ts';
import { type Collector, filesOf } from './files.ts';
import { Poller } from './poller.ts';

export interface AcquireOptions {
  readonly intervalMillis: number;
  /** `interrupts` costs as much as all the other files together. */
  readonly interruptsMillis: number;
  readonly collectors: readonly Collector[];
  readonly root: string;
  readonly netns?: string | undefined;
}

/**
 * The files of all collectors at once and then every interval, and a last time when the agent stops. Fails when not
 * one file can be read at first, unless a namespace is waited for; later a missing file only costs its own figures.
 */
export function acquireProc(options: AcquireOptions, context: SourceContext): Observable<Chunk> {
  return new Observable((subscriber) => {
    const { intervalMillis, interruptsMillis, collectors, root, netns } = options;
    const files = filesOf(collectors, interruptsMillis);
    const poller = new Poller({ root, netns, files, intervalMillis }, (status) => context.report(status));
    let isPaused = false;
    let isFirst = true;

    const tick = (isLast = false) => {
      if (isPaused) {
        // How many records a tick would have had is unknown without reading: it counts as one.
        context.counters.dropped('paused', 1);
        return;
      }
      const chunks = poller.poll(unixTimeFromMillis(context.scheduler.now()), isLast);
      if (chunks.length === 0 && poller.lacksNamespace) return;
      if (isFirst && chunks.length === 0) {
        subscriber.error(
          failure(context, `not one of ${files.length} files can be read: ${poller.firstReason}`),
        );
        return;
      }
      if (isFirst) context.report({ part: '', state: 'live', detail: detailOf(options, chunks.length) });
      isFirst = false;
      for (const chunk of chunks) subscriber.next(chunk);
    };

    const stop = () => {
      tick(true);
      subscriber.complete();
    };

    subscriber.add(() => poller.close());
    subscriber.add(
      context.paused$.subscribe((value) => {
        isPaused = value;
      }),
    );
    subscriber.add(context.stop$.pipe(take(1)).subscribe(stop));
    if (!subscriber.closed)
      subscriber.add(timer(0, intervalMillis, context.scheduler).subscribe(() => tick()));
  });
}

function detailOf({ intervalMillis, root, netns }: AcquireOptions, files: number): string {
  const namespace = netns === undefined ? '' : `, network namespace ${netns},`;
  return `reads ${files} files below ${root}${namespace} every ${formatSeconds(intervalMillis / 1000)}`;
}

function failure(context: SourceContext, detail: string): Error {
  const remedy = 'set root to where /proc is mounted, and collectors to what this kernel has';
  context.report({ part: '', state: 'failed', detail, remedy });
  return new Error(detail);
}
