import { EMPTY, merge, type Observable } from 'rxjs';
import type { Chunk, SourceContext } from '../../component.ts';
import type { LoaderProgram } from '../../loader/acquire-frames.ts';
import { acquireFramesOr } from '../../loader/acquire-frames-or.ts';

const LACKS =
  'asks no driver, so its statistics and ring sizes are absent; what the kernel counts for every interface is there';

/** Files and, where the loader can be had, drivers. */
export function acquireNic(
  files$: Observable<Chunk>,
  program: LoaderProgram,
  context: SourceContext,
): Observable<Chunk> {
  return merge(files$, acquireFramesOr(EMPTY, LACKS, program, context));
}
