import { firstValueFrom, from, race, timer } from 'rxjs';
import type { Chunk, SourceContext } from '../../component.ts';
import { formatSeconds } from '../../lib/duration.ts';
import { unixTimeFromMillis } from '../../model/time.ts';
import { type Answer, chunkNames, writeAnswer } from './answer.ts';
import type { HttpFailure } from './http-failure.ts';
import type { HttpGet, HttpReply } from './http-get.ts';

export interface Endpoint {
  /** For people, and for the names of chunks: `127.0.0.1:9990`. */
  readonly name: string;
  readonly url: URL;
}

export interface EndpointPollerOptions {
  readonly endpoint: Endpoint;
  readonly http: HttpGet;
  readonly context: Pick<SourceContext, 'scheduler' | 'report' | 'counters'>;
  readonly intervalMillis: number;
  readonly timeoutMillis: number;
  /** What is wrong with a body at first sight, such as a page for people instead of figures. */
  readonly objectionTo: (body: Buffer, contentType: string) => HttpFailure | undefined;
  /** Ends what is under way, and all that would come of it. */
  readonly abort: AbortSignal;
  readonly onChunk: (chunk: Chunk) => void;
}

/** The agent waits for its sources when it stops, but not long. */
const LAST_LIMIT_MILLIS = 1000;

/** One endpoint: one request at a time, however long it takes, and a word about it only when that is new. */
export class EndpointPoller {
  readonly #options: EndpointPollerOptions;
  #current: Promise<void> | undefined;
  #lastDetail: string | undefined;

  constructor(options: EndpointPollerOptions) {
    this.#options = options;
  }

  async poll(limitMillis = this.#options.timeoutMillis): Promise<void> {
    if (this.#current) {
      const waiting = { outcome: 'waiting', seconds: 0, contentType: '' } as const;
      this.#say(waiting, this.#options.context.scheduler.now());
      return;
    }
    this.#current = this.#ask(limitMillis);
    await this.#current;
    this.#current = undefined;
  }

  /** A last attempt, or the end of the one that is under way, as far as that takes no longer than stopping may. */
  async last(): Promise<void> {
    const { context, timeoutMillis } = this.#options;
    const limit = Math.min(LAST_LIMIT_MILLIS, timeoutMillis);
    if (!this.#current) return this.poll(limit);
    await firstValueFrom(race(timer(limit, context.scheduler), from(this.#current)));
  }

  close(): void {
    this.#options.http.close();
  }

  async #ask(limitMillis: number): Promise<void> {
    const { endpoint, http, context, abort, onChunk } = this.#options;
    const begun = context.scheduler.now();
    const reply = this.#checked(await http.get(limitMillis, abort));
    if (abort.aborted) return;
    this.#report(reply);
    const seconds = (context.scheduler.now() - begun) / 1000;
    if (reply.kind === 'failure') {
      // How many figures the body had is unknown without reading it: it counts as one.
      if (reply.dropped) context.counters.dropped(reply.dropped, 1);
      this.#say({ outcome: 'failed', seconds, contentType: '' }, begun);
      return;
    }
    this.#say({ outcome: 'ok', seconds, contentType: reply.contentType }, begun);
    onChunk({ time: unixTimeFromMillis(begun), name: chunkNames.body(endpoint.name), bytes: reply.bytes });
  }

  #checked(reply: HttpReply): HttpReply {
    if (reply.kind === 'failure') return reply;
    return this.#options.objectionTo(reply.bytes, reply.contentType) ?? reply;
  }

  #say(answer: Answer, millis: number): void {
    const { endpoint, onChunk } = this.#options;
    const name = chunkNames.answer(endpoint.name);
    onChunk({ time: unixTimeFromMillis(millis), name, bytes: writeAnswer(answer) });
  }

  #report(reply: HttpReply): void {
    const { endpoint, context, intervalMillis } = this.#options;
    const { name, url } = endpoint;
    // Not its query, which may hold a token.
    const shown = `${url.origin}${url.pathname}`;
    const detail =
      reply.kind === 'failure'
        ? `${shown} ${reply.detail}`
        : `read every ${formatSeconds(intervalMillis / 1000)}`;
    if (detail === this.#lastDetail) return;
    this.#lastDetail = detail;
    if (reply.kind === 'failure') {
      const { remedy } = reply;
      context.report({ part: name, state: 'degraded', detail, ...(remedy && { remedy }) });
    } else {
      context.report({ part: name, state: 'live', detail });
    }
  }
}
