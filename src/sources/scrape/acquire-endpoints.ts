import { Observable, take, timer } from 'rxjs';
import type { Chunk, SourceContext } from '../../component.ts';
import { messageOf } from '../../lib/message-of.ts';
import { readTlsFiles, type TlsFileContents, type TlsFilePaths } from '../../lib/tls-files.ts';
import { type Endpoint, EndpointPoller, type EndpointPollerOptions } from './endpoint-poller.ts';
import { HttpGet } from './http-get.ts';

export interface EndpointsOptions
  extends Pick<EndpointPollerOptions, 'intervalMillis' | 'timeoutMillis' | 'objectionTo'> {
  readonly endpoints: readonly Endpoint[];
  readonly maxBytes: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsFilePaths & { readonly serverName?: string | undefined };
}

/**
 * Each endpoint at once and then every interval, and a last time when the agent stops. An endpoint that does not
 * answer is reported once, and once when it does again; it never ends the source, and never holds up another one.
 */
export function acquireEndpoints(options: EndpointsOptions, context: SourceContext): Observable<Chunk> {
  return new Observable((subscriber) => {
    let tls: TlsFileContents;
    try {
      tls = readTlsFiles(options.tls);
    } catch (error) {
      const detail = messageOf(error);
      context.report({ part: '', state: 'failed', detail, remedy: 'correct the files below tls' });
      subscriber.error(new Error(detail));
      return;
    }
    const abort = new AbortController();
    const onChunk = (chunk: Chunk) => subscriber.next(chunk);
    const pollers = options.endpoints.map((endpoint) => {
      const http = httpOf(endpoint, options, tls, context);
      return new EndpointPoller({ ...options, endpoint, http, context, abort: abort.signal, onChunk });
    });
    let isPaused = false;

    const tick = () => {
      for (const poller of pollers) {
        // How many records an answer would have had is unknown without asking: it counts as one.
        if (isPaused) context.counters.dropped('paused', 1);
        else void poller.poll();
      }
    };

    subscriber.add(() => {
      abort.abort();
      for (const poller of pollers) poller.close();
    });
    subscriber.add(
      context.paused$.subscribe((value) => {
        isPaused = value;
      }),
    );
    const ticks = timer(0, options.intervalMillis, context.scheduler).subscribe(tick);
    subscriber.add(ticks);
    subscriber.add(
      context.stop$.pipe(take(1)).subscribe(() => {
        ticks.unsubscribe();
        void Promise.all(pollers.map((poller) => poller.last())).then(() => subscriber.complete());
      }),
    );
  });
}

function httpOf(
  { url }: Endpoint,
  { headers, maxBytes, tls: { serverName } }: EndpointsOptions,
  tls: TlsFileContents,
  { scheduler }: SourceContext,
): HttpGet {
  return new HttpGet({ url, headers, maxBytes, tls: { ...tls, serverName }, scheduler });
}
