import { firstValueFrom, from, Observable, race, type Subscriber, take, timer } from 'rxjs';
import type { Chunk, SourceContext } from '../../component.ts';
import { formatSeconds } from '../../lib/duration.ts';
import { messageOf } from '../../lib/message-of.ts';
import { readTlsFiles, type TlsFilePaths } from '../../lib/tls-files.ts';
import { unixTimeFromMillis } from '../../model/time.ts';
import { type Answer, chunkNames, writeAnswer } from './answer.ts';
import type { HttpFailure } from './http-failure.ts';
import { HttpGet, type HttpReply } from './http-get.ts';

export interface Endpoint {
  /** For people, and for the names of chunks: `127.0.0.1:9990`. */
  readonly name: string;
  readonly url: URL;
}

export interface EndpointsOptions {
  readonly endpoints: readonly Endpoint[];
  readonly intervalMillis: number;
  readonly timeoutMillis: number;
  readonly maxBytes: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsFilePaths & { readonly serverName?: string | undefined };
  /** What is wrong with a body at first sight, such as a page for people instead of figures. */
  readonly objectionTo: (body: Buffer, contentType: string) => HttpFailure | undefined;
}

/** The agent waits for its sources when it stops, but not long. */
const LAST_LIMIT_MILLIS = 1000;

/**
 * Each endpoint at once and then every interval, and a last time when the agent stops. An endpoint that does not
 * answer is reported once, and once when it does again; it never ends the source, and never holds up another one.
 */
export function acquireEndpoints(options: EndpointsOptions, context: SourceContext): Observable<Chunk> {
  return new Observable((subscriber) => {
    let tls: ReturnType<typeof readTlsFiles>;
    try {
      tls = readTlsFiles(options.tls);
    } catch (error) {
      const detail = messageOf(error);
      context.report({ part: '', state: 'failed', detail, remedy: 'correct the files below tls' });
      subscriber.error(new Error(detail));
      return;
    }
    const abort = new AbortController();
    const pollers = options.endpoints.map((endpoint) => {
      const { headers, maxBytes } = options;
      const { scheduler } = context;
      const http = new HttpGet({
        url: endpoint.url,
        headers,
        maxBytes,
        tls: { ...tls, serverName: options.tls.serverName },
        scheduler,
      });
      return new EndpointPoller(endpoint, http, options, context, abort.signal, subscriber);
    });
    let isPaused = false;

    const tick = () => {
      for (const poller of pollers) {
        // How many records an answer would have had is unknown without asking: it counts as one.
        if (isPaused) context.counters.dropped('paused', 1);
        else void poller.poll(options.timeoutMillis);
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
    subscriber.add(
      context.stop$.pipe(take(1)).subscribe(() => {
        ticks.unsubscribe();
        void Promise.all(pollers.map((poller) => poller.last())).then(() => subscriber.complete());
      }),
    );
    const ticks = timer(0, options.intervalMillis, context.scheduler).subscribe(tick);
    subscriber.add(ticks);
  });
}

/** One endpoint: one request at a time, however long it takes. */
class EndpointPoller {
  readonly #endpoint: Endpoint;
  readonly #http: HttpGet;
  readonly #options: EndpointsOptions;
  readonly #context: SourceContext;
  readonly #abort: AbortSignal;
  readonly #subscriber: Subscriber<Chunk>;
  #current: Promise<void> | undefined;
  #lastDetail: string | undefined;

  constructor(
    endpoint: Endpoint,
    http: HttpGet,
    options: EndpointsOptions,
    context: SourceContext,
    abort: AbortSignal,
    subscriber: Subscriber<Chunk>,
  ) {
    this.#endpoint = endpoint;
    this.#http = http;
    this.#options = options;
    this.#context = context;
    this.#abort = abort;
    this.#subscriber = subscriber;
  }

  async poll(limitMillis: number): Promise<void> {
    if (this.#current) {
      this.#say({ outcome: 'waiting', seconds: 0, contentType: '' }, this.#context.scheduler.now());
      return;
    }
    this.#current = this.#ask(limitMillis);
    await this.#current;
    this.#current = undefined;
  }

  /** A last attempt, or the end of the one that is under way, as far as that takes no longer than stopping may. */
  async last(): Promise<void> {
    const limit = Math.min(LAST_LIMIT_MILLIS, this.#options.timeoutMillis);
    const running = this.#current;
    if (!running) return this.poll(limit);
    await firstValueFrom(race(timer(limit, this.#context.scheduler), from(running)));
  }

  close(): void {
    this.#http.close();
  }

  async #ask(limitMillis: number): Promise<void> {
    const { scheduler } = this.#context;
    const begun = scheduler.now();
    const reply = this.#checked(await this.#http.get(limitMillis, this.#abort));
    if (this.#abort.aborted) return;
    this.#report(reply);
    const seconds = (scheduler.now() - begun) / 1000;
    const contentType = reply.kind === 'body' ? reply.contentType : '';
    this.#say({ outcome: reply.kind === 'body' ? 'ok' : 'failed', seconds, contentType }, begun);
    if (reply.kind !== 'body') return;
    this.#subscriber.next({
      time: unixTimeFromMillis(begun),
      name: chunkNames.body(this.#endpoint.name),
      bytes: reply.bytes,
    });
  }

  #checked(reply: HttpReply): HttpReply {
    if (reply.kind !== 'body') return reply;
    return this.#options.objectionTo(reply.bytes, reply.contentType) ?? reply;
  }

  #say(answer: Answer, millis: number): void {
    this.#subscriber.next({
      time: unixTimeFromMillis(millis),
      name: chunkNames.answer(this.#endpoint.name),
      bytes: writeAnswer(answer),
    });
  }

  /** Only what is new. */
  #report(reply: HttpReply): void {
    const { name, url } = this.#endpoint;
    // Not its query, which may hold a token.
    const shown = `${url.origin}${url.pathname}`;
    const every = formatSeconds(this.#options.intervalMillis / 1000);
    const detail = reply.kind === 'body' ? `read every ${every}` : `${shown} ${reply.detail}`;
    if (detail === this.#lastDetail) return;
    this.#lastDetail = detail;
    if (reply.kind === 'body') {
      this.#context.report({ part: name, state: 'live', detail });
      return;
    }
    const { remedy } = reply;
    this.#context.report({ part: name, state: 'degraded', detail, ...(remedy && { remedy }) });
  }
}
