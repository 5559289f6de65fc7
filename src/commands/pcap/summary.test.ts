import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attributes } from '../../model/attributes.ts';
import { eventBatchOf } from '../../model/batch.ts';
import { Account } from './account.ts';
import { summary } from './summary.ts';

const HEAD = { resource: { attributes: {} }, scope: { name: '', version: '' }, severityNumber: 9 };

function addEvents(account: Account, name: string, all: readonly Attributes[]): void {
  const events = all.map((attributes) => ({ time: [0, 0] as const, attributes }));
  account.take(eventBatchOf({ ...HEAD, name }, events));
}

function addSum(account: Account, name: string, values: Readonly<Record<string, number>>): void {
  const points = Object.entries(values).map(([outcome, value]) => ({
    attributes: outcome === '' ? {} : { 'lagpipe.pcap.outcome': outcome },
    time: [0, 0] as const,
    value,
  }));
  const metric = {
    kind: 'sum',
    temporality: 'cumulative',
    monotonic: true,
    name,
    unit: '',
    description: '',
    points,
  } as const;
  account.take({ kind: 'metrics', ...HEAD, metrics: [metric] });
}

describe('the summary of a capture', () => {
  it('says what was in it, what was passed over and why, and what that means', () => {
    const account = new Account();
    addSum(account, 'lagpipe.pcap.packets', { segment: 5 });
    addSum(account, 'lagpipe.pcap.packets', { segment: 1000, not_tcp: 1, tunnel: 12 });
    addSum(account, 'lagpipe.pcap.segments', { connection: 990, after_close: 10 });
    addSum(account, 'lagpipe.pcap.missed', { '': 2048 });
    addSum(account, 'lagpipe.pcap.capture_dropped', { '': 7 });
    addSum(account, 'lagpipe.pcap.connections.opened', { '': 21 });
    addEvents(account, 'http.exchange', [{ 'server.port': 80, 'lagpipe.exchange.ordinal': 1 }]);
    addEvents(
      account,
      'tcp.connection',
      Array.from({ length: 20 }, () => ({
        'server.port': 80,
        'lagpipe.tcp.closed_by': 'server',
        'lagpipe.tcp.connection.exchanges': 1,
      })),
    );
    assert.equal(
      summary(account, 0.5),
      `1013 packets, 21 connections, 1 exchange in 500ms (2026 packets/s)
passed over: 1 packet not tcp, 12 packets tunnel (--tunnels looks inside), 10 segments after close
not in the capture: 2 KiB that were sent
lost before they could be captured: 7 packets
warn: port 80: The server closes connections early (C3)
  requests for each connection: 1, connections: 20, requests on connections hardly used again: 100 %,
  closed first by the server: 100 %, closed first by the client: 0 %
  Switch keep-alive on in the server, with an idle timeout longer than the clients' pauses and than
  the timeout of their pools.
`,
    );
  });

  it('is one line where there is nothing more to say', () => {
    const account = new Account();
    addSum(account, 'lagpipe.pcap.packets', { segment: 2 });
    assert.equal(summary(account, 1), '2 packets, 0 connections, 0 exchanges in 1s (2 packets/s)\n');
  });
});
