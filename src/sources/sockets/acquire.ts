import { catchError, defer, type Observable } from 'rxjs';
import type { Chunk, SourceContext } from '../../component.ts';
import { messageOf } from '../../lib/message-of.ts';
import { acquireFrames, type LoaderProgram } from '../../loader/acquire-frames.ts';
import type { PartStatus } from '../../model/telemetry.ts';
import { acquireProc, type ProcOptions } from './acquire-proc.ts';

/** By the loader; where it cannot run, from /proc with less, and that is said. */
export function acquireSockets(
  program: LoaderProgram,
  proc: ProcOptions,
  context: SourceContext,
): Observable<Chunk> {
  return defer(() => {
    let remedy: string | undefined;
    const report = (status: PartStatus): void => {
      // The loader's last word is not the source's: it goes on without.
      if (status.part === '' && status.state === 'failed') remedy = status.remedy;
      else context.report(status);
    };
    return acquireFrames(program, { ...context, report }).pipe(
      catchError((error: unknown) => {
        context.report({
          part: '',
          state: 'degraded',
          detail: `reads /proc/net/tcp instead: no limits of accept queues, idle times, round-trip times, retransmits and other network namespaces (${reasonOf(error, remedy)})`,
          ...(remedy !== undefined && { remedy }),
        });
        return acquireProc(proc, context);
      }),
    );
  });
}

/** Without the remedy at its end, which is told by itself. */
function reasonOf(error: unknown, remedy = ''): string {
  return messageOf(error).replace(`; ${remedy}`, '');
}
