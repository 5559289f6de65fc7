import { performance } from 'node:perf_hooks';
import { Observable, take, timer } from 'rxjs';
import type { Chunk, SourceContext } from '../../component.ts';
import { unixTimeFromMillis } from '../../model/time.ts';
import { readProcess, type SelfReading } from './reading.ts';

/** One reading at once, one every interval and one when the agent stops, each as a chunk of JSON. */
export function acquireSelf(intervalMillis: number, context: SourceContext): Observable<Chunk> {
  return new Observable((subscriber) => {
    const startTime = unixTimeFromMillis(context.scheduler.now());
    const processStart = unixTimeFromMillis(Math.round(performance.timeOrigin));
    let isPaused = false;

    const tick = () => {
      if (isPaused) {
        // How many records a tick would have had is unknown without reading: it counts as one.
        context.counters.dropped('paused', 1);
        return;
      }
      const reading: SelfReading = { startTime, ...context.telemetry(), process: readProcess(processStart) };
      subscriber.next({
        time: unixTimeFromMillis(context.scheduler.now()),
        name: 'telemetry',
        bytes: Buffer.from(JSON.stringify(reading)),
      });
    };

    subscriber.add(
      context.paused$.subscribe((value) => {
        isPaused = value;
      }),
    );
    subscriber.add(
      context.stop$.pipe(take(1)).subscribe(() => {
        tick();
        subscriber.complete();
      }),
    );
    if (!subscriber.closed) subscriber.add(timer(0, intervalMillis, context.scheduler).subscribe(tick));
  });
}
