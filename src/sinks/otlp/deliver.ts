import { firstValueFrom, fromEvent, race, type SchedulerLike, timer } from 'rxjs';
import { type Failure, isRetryable, reasonOf } from './failure.ts';
import type { Send } from './transport.ts';

export interface RetryPolicy {
  readonly initialMillis: number;
  readonly maxMillis: number;
  /** After this long nothing is retried any more. */
  readonly maxElapsedMillis: number;
}

/** What became of a request in the end. */
export type Outcome =
  | { readonly kind: 'response'; readonly bytes: Uint8Array }
  | { readonly kind: 'given_up'; readonly reason: string };

export interface DeliverOptions {
  readonly send: Send;
  readonly retry: RetryPolicy;
  readonly scheduler: SchedulerLike;
  /** Ends the attempt at hand and every wait, at once. */
  readonly abort: AbortSignal;
  readonly onFailure: (failure: Failure) => void;
}

const BACKOFF_FACTOR = 1.5;

/** Sends one request until it is taken, refused for good, or too old. Never rejects. */
export async function deliver(request: Uint8Array, options: DeliverOptions): Promise<Outcome> {
  const { send, retry, scheduler, abort, onFailure } = options;
  const giveUpAt = scheduler.now() + retry.maxElapsedMillis;
  for (let attempt = 0; !abort.aborted; attempt++) {
    const reply = await send(request, abort);
    if (reply.kind === 'response') return reply;
    if (abort.aborted) break;
    onFailure(reply);
    const waitMillis = Math.max(backoffMillis(attempt, retry), reply.retryAfterMillis ?? 0);
    if (!isRetryable(reply) || scheduler.now() + waitMillis > giveUpAt) {
      return { kind: 'given_up', reason: reasonOf(reply) };
    }
    await firstValueFrom(race(timer(waitMillis, scheduler), fromEvent(abort, 'abort')));
  }
  return { kind: 'given_up', reason: 'shutdown' };
}

/** Half to one and a half times the nominal pause, so that many agents do not all come back at the same moment. */
function backoffMillis(attempt: number, { initialMillis, maxMillis }: RetryPolicy): number {
  const nominal = Math.min(initialMillis * BACKOFF_FACTOR ** attempt, maxMillis);
  return nominal * (0.5 + Math.random());
}
