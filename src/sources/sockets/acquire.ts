import type { Observable } from 'rxjs';
import type { Chunk, SourceContext } from '../../component.ts';
import type { LoaderProgram } from '../../loader/acquire-frames.ts';
import { acquireFramesOr } from '../../loader/acquire-frames-or.ts';
import { acquireProc, type ProcOptions } from './acquire-proc.ts';

const LACKS =
  'reads /proc/net/tcp instead: no limits of accept queues, idle times, round-trip times, retransmits and other network namespaces';

/** By the loader; where it cannot run, from /proc with less, and that is said. */
export function acquireSockets(
  program: LoaderProgram,
  proc: ProcOptions,
  context: SourceContext,
): Observable<Chunk> {
  return acquireFramesOr(acquireProc(proc, context), LACKS, program, context);
}
