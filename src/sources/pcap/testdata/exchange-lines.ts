import { type EventBatch, eventAt } from '../../../model/batch.ts';
import type { Event } from '../../../model/event.ts';

/** All events of the batches, in order, with only the attributes that they have. */
export function eventsOf(batches: readonly { readonly kind: string }[]): Event[] {
  return batches
    .filter((batch): batch is EventBatch => batch.kind === 'events')
    .flatMap((batch) => Array.from({ length: batch.length }, (_, index) => eventAt(batch, index)));
}

/** An exchange as Justniffer prints it by the format `-l` of its tutorial, blanks squeezed. */
export function justnifferLine({ attributes }: Event): string {
  const text = (name: string) => attributes[name] ?? '-';
  const seconds = (name: string) => {
    const value = attributes[name];
    return typeof value === 'number' ? value.toFixed(6) : '-';
  };
  return [
    timestampText(attributes['lagpipe.exchange.request_timestamp']),
    text('server.address'),
    text('server.port'),
    `c=${seconds('lagpipe.tcp.handshake.duration')}`,
    `i=${seconds('lagpipe.exchange.idle_before')}`,
    `req=${seconds('lagpipe.exchange.request.duration')}`,
    `resp=${seconds('lagpipe.exchange.response.duration')}`,
    `i2=${seconds('lagpipe.exchange.idle_after')}`,
    `s=${seconds('lagpipe.exchange.session_time')}`,
    text('lagpipe.exchange.position'),
    text('lagpipe.exchange.close_originator'),
    `req_h=${text('http.request.header.connection')}`,
    `resp_h=${text('http.response.header.connection')}`,
  ].join(' ');
}

/** `2026-11-20 23:08:59.442048`, in UTC. */
function timestampText(seconds: unknown): string {
  if (typeof seconds !== 'number') return '-';
  const micros = Math.round(seconds * 1e6);
  const whole = new Date(Math.floor(micros / 1e6) * 1000).toISOString();
  return `${whole.slice(0, 10)} ${whole.slice(11, 19)}.${String(micros % 1e6).padStart(6, '0')}`;
}
