import { catchError, concat, defer, type Observable, of, throwError } from 'rxjs';
import type { Chunk, SourceContext } from '../../../component.ts';
import { acquireFrames } from '../../../loader/acquire-frames.ts';
import { unixTimeFromMillis } from '../../../model/time.ts';
import { CAPTURE_END } from './chunk-names.ts';
import type { ReadConfig } from './config.ts';

/** How often the kernel is asked what it had to drop. */
const STATS_INTERVAL_MILLIS = 1000;

export type LiveConfig = Pick<ReadConfig, 'filter' | 'snaplen' | 'promiscuous' | 'buffer_size'> & {
  readonly interface: string;
};

/** The packets of an interface as the loader captures them, in its frames, and at last the end of the capture. */
export function acquireLive(config: LiveConfig, context: SourceContext): Observable<Chunk> {
  const end$ = defer(() =>
    of<Chunk>({
      time: unixTimeFromMillis(context.scheduler.now()),
      name: CAPTURE_END,
      bytes: new Uint8Array(0),
    }),
  );
  const frames$ = acquireFrames(
    {
      options: {
        program: 'capture',
        interface: config.interface,
        expression: config.filter ?? '',
        snaplen: config.snaplen,
        promiscuous: config.promiscuous,
        buffer_bytes: config.buffer_size,
        interval_ms: STATS_INTERVAL_MILLIS,
      },
      atRisk: 'the packets until it captures again',
    },
    context,
  );
  // What was captured until then has its events also when capturing cannot go on.
  return concat(
    frames$.pipe(
      catchError((error) =>
        concat(
          end$,
          throwError(() => error),
        ),
      ),
    ),
    end$,
  );
}
