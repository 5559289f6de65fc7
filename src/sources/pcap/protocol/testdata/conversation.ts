import type { DecodeContext } from '../../../../component.ts';
import type { Event } from '../../../../model/event.ts';
import { CaptureClock } from '../../read/capture-clock.ts';
import { type Sent, segmentOf } from '../../tcp/testdata/observed-tcp.ts';
import { eventsOf } from '../../testdata/exchange-lines.ts';
import { type ProtocolOptions, Protocols } from '../protocols.ts';

const MILLI = 1e6;

/** What one side says, or bytes that the capture lost: `['client', 'GET /']`, `['server', 100]`. */
export type Said = readonly ['client' | 'server', string | number];

const OPTIONS: ProtocolOptions = {
  limits: {
    maxConnections: 1000,
    idleNanos: 3600e9,
    reassemblyBytesPerDirection: 1 << 20,
    reassemblyBytes: 1 << 25,
  },
  midStream: 'recognized',
  emitsAtResponse: false,
  events: ['http.exchange', 'tcp.exchange', 'tcp.connection'],
  request_headers: ['connection'],
  response_headers: ['connection'],
  max_text: 1000,
};

/** A connection that is opened, on which both sides speak in turns of a millisecond, and that the client closes. */
export class Conversation {
  readonly protocols: Protocols;
  readonly #nextOf = { client: 1, server: 1 };
  #nanos = 0;

  constructor(options: Partial<ProtocolOptions> = {}, attributesRead?: ReadonlySet<string>) {
    const clock = new CaptureClock();
    clock.begin(0, 0);
    const context = { resource: { attributes: {} }, scope: { name: '', version: '' }, attributesRead };
    this.protocols = new Protocols({ ...OPTIONS, ...options }, context as unknown as DecodeContext, clock);
    this.#send({ flags: 'S' });
    this.#send({ from: 'server', flags: 'S', ack: 1 });
    this.#send({ seq: 1, ack: 1 });
  }

  say(...said: readonly Said[]): this {
    for (const [from, what] of said) {
      if (typeof what === 'string') this.#speak(from, what);
      else this.#nextOf[from] += what;
    }
    return this;
  }

  close(): this {
    const { client, server } = this.#nextOf;
    this.#send({ seq: client, ack: server, flags: 'F' });
    this.#send({ from: 'server', seq: server, ack: client + 1, flags: 'F' });
    this.#send({ seq: client + 1, ack: server + 1 });
    return this;
  }

  events(): Event[] {
    return eventsOf(this.protocols.flush());
  }

  #speak(from: 'client' | 'server', payload: string): void {
    const ack = this.#nextOf[from === 'client' ? 'server' : 'client'];
    this.#send({ from, seq: this.#nextOf[from], ack, payload });
    this.#nextOf[from] += payload.length;
  }

  #send(sent: Sent): void {
    this.#nanos += MILLI;
    this.protocols.tcp.take(segmentOf(sent, this.#nanos));
  }
}

/** `GET /a 200 36>40`, and what is out of the ordinary. */
export function exchangeText({ name, attributes }: Event): string {
  const number = (attribute: string) => (attributes[attribute] as number | undefined) ?? 0;
  const texts = [
    name === 'tcp.exchange' ? 'turn' : undefined,
    attributes['http.request.method'],
    attributes['url.original'],
    attributes['http.response.status_code'],
    `${attributes['http.request.size'] ?? '-'}>${attributes['http.response.size'] ?? '-'}`,
    attributes['lagpipe.exchange.incomplete'],
  ];
  const counts = ['missed_bytes', 'skipped_bytes', 'pipelined'].map((count) => {
    const value = number(`lagpipe.exchange.${count}`);
    return value === 0 ? undefined : `${count.split('_')[0]}=${value}`;
  });
  const interim = number('lagpipe.http.interim_responses');
  return [...texts, ...counts, interim === 0 ? undefined : `interim=${interim}`]
    .filter((text) => text !== undefined)
    .join(' ');
}
