import { catchError, defer, EMPTY, merge, type Observable } from 'rxjs';
import type { Chunk, SourceContext } from '../../component.ts';
import { messageOf } from '../../lib/message-of.ts';
import { acquireFrames, type LoaderProgram } from '../../loader/acquire-frames.ts';
import type { PartStatus } from '../../model/telemetry.ts';

/** Files and, where the loader can be had, drivers. */
export function acquireNic(
  files$: Observable<Chunk>,
  program: LoaderProgram,
  context: SourceContext,
): Observable<Chunk> {
  return defer(() => {
    let remedy: string | undefined;
    const report = (status: PartStatus): void => {
      // The loader's last word is not the source's: the files go on.
      if (status.part === '' && status.state === 'failed') remedy = status.remedy;
      else context.report(status);
    };
    const drivers$ = acquireFrames(program, { ...context, report }).pipe(
      catchError((error: unknown) => {
        context.report({
          part: '',
          state: 'degraded',
          detail: `asks no driver, so its statistics and ring sizes are absent (${messageOf(error).replace(`; ${remedy}`, '')}); what the kernel counts for every interface is there`,
          ...(remedy !== undefined && { remedy }),
        });
        return EMPTY;
      }),
    );
    return merge(files$, drivers$);
  });
}
