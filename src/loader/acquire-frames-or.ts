import { catchError, defer, type Observable } from 'rxjs';
import type { Chunk, SourceContext } from '../component.ts';
import { messageOf } from '../lib/message-of.ts';
import type { PartStatus } from '../model/telemetry.ts';
import { acquireFrames, type LoaderProgram } from './acquire-frames.ts';

/**
 * The loader's frames, or for a source that can do with less, something else once the loader cannot be had. `lacks` says
 * what is missing then; the reason and the remedy are the loader's.
 */
export function acquireFramesOr(
  fallback$: Observable<Chunk>,
  lacks: string,
  program: LoaderProgram,
  context: SourceContext,
): Observable<Chunk> {
  return defer(() => {
    let remedy: string | undefined;
    const report = (status: PartStatus): void => {
      // The loader's last word is not the source's, which goes on.
      if (status.part === '' && status.state === 'failed') remedy = status.remedy;
      else context.report(status);
    };
    return acquireFrames(program, { ...context, report }).pipe(
      catchError((error: unknown) => {
        // Without the remedy at its end, which is told by itself.
        const reason = messageOf(error).replace(`; ${remedy}`, '');
        const given = remedy === undefined ? {} : { remedy };
        context.report({ part: '', state: 'degraded', detail: `${lacks} (${reason})`, ...given });
        return fallback$;
      }),
    );
  });
}
