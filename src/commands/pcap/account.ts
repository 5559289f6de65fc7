import { defineSink, type Sink } from '../../component.ts';
import { type Batch, recordsIn } from '../../model/batch.ts';
import { findingsOf } from '../../model/connection-findings.ts';
import { ConnectionTally } from '../../model/connection-tally.ts';
import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';

/** What a capture had in it, counted as it goes by. */
export class Account {
  /** By the event's name. */
  readonly events = new Map<string, number>();
  readonly #connections = new ConnectionTally();
  readonly #metrics = new Map<string, Metric>();

  take(batch: Batch): void {
    if (batch.kind === 'metrics') {
      // The sums are cumulative: the newest has all.
      for (const metric of batch.metrics) this.#metrics.set(metric.name, metric);
      return;
    }
    this.events.set(batch.name, (this.events.get(batch.name) ?? 0) + batch.length);
    this.#connections.add(batch);
  }

  get findings(): readonly Finding[] {
    return findingsOf(this.#connections);
  }

  /** A sum by one of its attributes, or '' where it has none. */
  sums(metric: string, attribute: string): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const point of this.#metrics.get(metric)?.points ?? []) {
      if (!('value' in point)) continue;
      const key = String(point.attributes[attribute] ?? '');
      sums.set(key, (sums.get(key) ?? 0) + point.value);
    }
    return sums;
  }

  total(metric: string): number {
    let total = 0;
    for (const value of this.sums(metric, '').values()) total += value;
    return total;
  }
}

const READ = [
  'server.port',
  'lagpipe.tcp.connection.state',
  'lagpipe.tcp.closed_by',
  'lagpipe.tcp.connection.exchanges',
  'lagpipe.tcp.handshake.duration',
  'lagpipe.tcp.idle.before_close',
  'lagpipe.tcp.idle.max',
  'lagpipe.tcp.keep_alives',
  'lagpipe.exchange.ordinal',
  'http.request.header.connection',
  'lagpipe.websocket.idle.max',
];

/** A sink beside the one that prints, which fills the account. */
export function accountSink(account: Account): Sink {
  return defineSink({
    id: 'account',
    summary: 'Counts what a capture has in it.',
    description: 'Part of `lagpipe pcap`.',
    schema: { type: 'object', description: 'Nothing to set.', properties: {} },
    example: {},
    create: () => ({
      write: (batch) => {
        account.take(batch);
        return { delivered: recordsIn(batch) };
      },
    }),
    preview: () => () => '',
    reads: () => READ,
  });
}
