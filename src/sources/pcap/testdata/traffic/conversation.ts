import type { Random } from '../../../../../test/random-numbers.ts';
import { type Http1Exchange, makeHttp1Exchange } from './http1-messages.ts';

/** Bytes that one side sends in one go, after it has everything that came before. */
export interface Burst {
  readonly fromClient: boolean;
  readonly bytes: Uint8Array;
}

export type Close = 'fin_client' | 'fin_server' | 'reset_client' | 'reset_server' | 'none';

/** What two applications say to each other, without any thought of packets. */
export interface Conversation {
  readonly bursts: readonly Burst[];
  readonly close: Close;
}

export interface Http1Conversation extends Conversation {
  readonly exchanges: readonly Http1Exchange[];
}

const CLOSES: readonly Close[] = ['fin_client', 'fin_server', 'reset_client', 'reset_server', 'none'];

/** Requests one after the other, or several at once when they are pipelined. */
export function http1Conversation(random: Random, pipelined: boolean): Http1Conversation {
  const count = 1 + random(6);
  const exchanges = Array.from({ length: count }, (_, index) =>
    makeHttp1Exchange(random, index + 1, index === count - 1),
  );
  const bursts: Burst[] = [];
  for (let at = 0; at < count; ) {
    const together = exchanges.slice(at, at + (pipelined ? 1 + random(4) : 1));
    bursts.push({ fromClient: true, bytes: Buffer.concat(together.map(({ request }) => request)) });
    bursts.push({ fromClient: false, bytes: Buffer.concat(together.map(({ response }) => response)) });
    at += together.length;
  }
  const untilClose = exchanges[count - 1].untilClose;
  return { exchanges, bursts, close: untilClose ? 'fin_server' : CLOSES[random(CLOSES.length)] };
}

/** A protocol that nobody knows: its bytes begin with 0x81 to 0xff. */
export function opaqueConversation(random: Random): Conversation {
  const turns = 2 * (1 + random(5));
  const bursts = Array.from({ length: turns }, (_, index) => {
    const bytes = new Uint8Array(1 + random(4000)).map(() => 0x81 + random(0x7f));
    return { fromClient: index % 2 === 0, bytes };
  });
  return { bursts, close: CLOSES[random(CLOSES.length)] };
}
