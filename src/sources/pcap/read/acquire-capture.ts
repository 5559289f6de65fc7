import type { Observable } from 'rxjs';
import type { Chunk, SourceContext } from '../../../component.ts';
import { acquireFiles } from './acquire-files.ts';
import { acquireLive } from './acquire-live.ts';
import type { ReadConfig } from './config.ts';

/** What the configuration names, files or an interface, as chunks for `chunkReader`. */
export function acquireCapture(
  config: ReadConfig & { readonly max_connections: number },
  context: SourceContext,
): Observable<Chunk> {
  const { interface: interfaceName } = config;
  if (interfaceName === undefined) return acquireFiles(config.files, config.max_connections, context);
  return acquireLive({ ...config, interface: interfaceName }, context);
}
