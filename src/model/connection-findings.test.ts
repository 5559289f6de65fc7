import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attributes } from './attributes.ts';
import { eventBatchOf } from './batch.ts';
import { connectionFindings } from './connection-findings.ts';

const HEAD = { resource: { attributes: {} }, scope: { name: '', version: '' }, severityNumber: 9 };

function events(all: readonly Attributes[], name = 'tcp.connection') {
  return eventBatchOf(
    { ...HEAD, name },
    all.map((attributes) => ({ time: [0, 0] as const, attributes })),
  );
}

/** As many closed connections, each with the attributes. */
function closed(count: number, attributes: Attributes): readonly Attributes[] {
  const common = { 'server.port': 8080, 'lagpipe.tcp.connection.state': 'closed' };
  return Array.from({ length: count }, () => ({ ...common, ...attributes }));
}

const CLIENT = { 'lagpipe.tcp.closed_by': 'client' };
const SERVER = { 'lagpipe.tcp.closed_by': 'server' };
/** Not of the connection but of its first request. */
const ASKS = 'first request';
const KEEP_ALIVE = { [ASKS]: 'Keep-Alive' };
const CLOSE = { [ASKS]: 'close' };
const ONE = { 'lagpipe.tcp.connection.exchanges': 1 };
const MANY = { 'lagpipe.tcp.connection.exchanges': 12 };

/** The first request of each connection, and a second one that asks for nothing. */
function requests(all: readonly Attributes[]) {
  const asked = all.map((connection) => ({
    'server.port': connection['server.port'],
    'lagpipe.exchange.ordinal': 1,
    ...(connection[ASKS] !== undefined && { 'http.request.header.connection': connection[ASKS] }),
  }));
  return events([...asked, { 'server.port': 8080, 'lagpipe.exchange.ordinal': 2 }], 'http.exchange');
}

function ids(all: readonly Attributes[], name?: string): readonly string[] {
  return connectionFindings([requests(all), events(all, name)]).map(
    ({ rule, severity }) => `${rule} ${severity}`,
  );
}

describe('connectionFindings', () => {
  for (const [what, connections, expected] of [
    [
      'the seed, scenario 1: both sides ask for the close',
      closed(4, { ...ONE, ...CLOSE, ...SERVER }),
      ['C1 warn'],
    ],
    [
      'WebSockets, whose turns are no requests',
      closed(40, { ...MANY, ...SERVER, 'network.protocol.name': 'websocket' }),
      [],
    ],
    [
      'the seed, scenario 2: keep-alive and the client closes',
      closed(5, { ...ONE, ...KEEP_ALIVE, ...CLIENT }),
      ['C2 warn'],
    ],
    [
      'the seed, scenario 3: one connection, five requests',
      closed(1, { 'lagpipe.tcp.connection.exchanges': 5, ...KEEP_ALIVE, ...CLIENT }),
      ['C4 ok'],
    ],
    [
      'keep-alive asked for, and the server closes',
      closed(9, { ...ONE, ...KEEP_ALIVE, ...SERVER }),
      ['C3 warn'],
    ],
    ['nothing asked for, and the server closes', closed(9, { ...ONE, ...SERVER }), ['C3 warn']],
    ['nothing asked for, and the client closes', closed(9, { ...ONE, ...CLIENT }), ['C1 warn']],
    [
      'a server that closes after the second request',
      closed(9, { 'lagpipe.tcp.connection.exchanges': 2, ...SERVER }),
      ['C3 warn'],
    ],
    [
      'both close, one request each',
      [...closed(5, { ...ONE, ...SERVER }), ...closed(5, { ...ONE, ...CLIENT })],
      ['C1 warn'],
    ],
    ['good reuse, though the server closes', closed(3, { ...MANY, ...SERVER }), ['C4 ok']],
    ['some reuse, the client closes', closed(9, { 'lagpipe.tcp.connection.exchanges': 3, ...CLIENT }), []],
    [
      'a few requests with a connection each, and most on others that last',
      [
        ...closed(30, { ...ONE, ...SERVER }),
        ...closed(1, { 'lagpipe.tcp.connection.exchanges': 70, ...CLIENT }),
      ],
      [],
    ],
    [
      'some that ask for the close, among requests on connections that last',
      [
        ...closed(30, { ...ONE, ...SERVER, ...CLOSE }),
        ...closed(3, { 'lagpipe.tcp.connection.exchanges': 20, ...CLIENT }),
      ],
      [],
    ],
    ['too few to tell', closed(2, { ...ONE, ...CLIENT }), []],
    [
      'connections that carried nothing',
      closed(50, { 'lagpipe.tcp.connection.exchanges': 0, ...SERVER }),
      [],
    ],
    ['no connections', [], []],
  ] as const) {
    it(`says ${expected.join() || 'nothing'} of ${what}`, () => {
      assert.deepEqual(ids(connections), expected);
    });
  }

  it('reads connections as this host sees its own ends of them', () => {
    const own = { 'lagpipe.tcp.connection.state': 'closed', 'lagpipe.tcp.turns': 1 };
    const server = { 'lagpipe.tcp.role': 'server', 'network.local.port': 80, 'network.peer.port': 40_000 };
    const client = { 'lagpipe.tcp.role': 'client', 'network.local.port': 40_000, 'network.peer.port': 443 };
    const findings = connectionFindings([
      events([
        ...Array.from({ length: 5 }, () => ({ ...own, ...server, 'lagpipe.tcp.closed_by': 'local' })),
        ...Array.from({ length: 5 }, () => ({ ...own, ...client, 'lagpipe.tcp.closed_by': 'local' })),
      ]),
    ]);
    assert.deepEqual(
      findings.map(({ rule, subject }) => [rule, subject]),
      [
        ['C3', { 'server.port': 80 }],
        ['C1', { 'server.port': 443 }],
      ],
    );
  });

  it('judges each port by itself, over all batches', () => {
    const other = closed(2, { ...MANY, ...CLIENT, 'server.port': 90 });
    const few = closed(2, { ...ONE, ...KEEP_ALIVE, ...CLIENT });
    const findings = connectionFindings([
      requests(few),
      events(few),
      events(other),
      events(few),
      events(few, 'tcp.connect'),
    ]);
    assert.deepEqual(
      findings.map(({ rule, subject, confidence }) => [rule, subject['server.port'], confidence]),
      [
        ['C4', 90, 0.5],
        ['C2', 8080, 0.5],
      ].toSorted((a, b) => Number(a[1]) - Number(b[1])),
    );
  });

  it('has the figures in its evidence', () => {
    const connections = closed(40, {
      ...ONE,
      ...SERVER,
      ...KEEP_ALIVE,
      'lagpipe.tcp.handshake.duration': 0.01,
      'lagpipe.tcp.idle.before_close': 5,
    });
    const [finding] = connectionFindings([requests(connections), events(connections)]);
    assert.equal(finding.confidence, 1);
    const values = Object.fromEntries(finding.evidence.map(({ name, value }) => [name, value]));
    assert.equal(values['requests for each connection'], 1);
    assert.equal(values['closed first by the server'], 1);
    assert.equal(values['asked for keep-alive'], 1);
    assert.ok(Math.abs(values['median handshake'] - 0.01) < 0.0005);
    assert.ok(Math.abs(values["median wait before the server's close"] - 5) < 0.25);
  });

  for (const [what, connections, name, expected] of [
    [
      'a WebSocket',
      [{ 'server.port': 80, 'lagpipe.websocket.idle.max': 50 }],
      'websocket.connection',
      ['C5 info'],
    ],
    [
      'a WebSocket, for long',
      [{ 'server.port': 80, 'lagpipe.websocket.idle.max': 300 }],
      'websocket.connection',
      ['C5 warn'],
    ],
    [
      'a WebSocket that talks',
      [{ 'server.port': 80, 'lagpipe.websocket.idle.max': 30 }],
      'websocket.connection',
      [],
    ],
    [
      'an open connection',
      [{ 'server.port': 80, 'lagpipe.tcp.connection.state': 'open', 'lagpipe.tcp.idle.max': 250 }],
      'tcp.connection',
      ['C5 warn'],
    ],
    [
      'an open connection with keep-alive probes',
      [
        {
          'server.port': 80,
          'lagpipe.tcp.connection.state': 'open',
          'lagpipe.tcp.idle.max': 250,
          'lagpipe.tcp.keep_alives': 3,
        },
      ],
      'tcp.connection',
      [],
    ],
  ] as const) {
    it(`says ${expected.join() || 'nothing'} of the silence of ${what}`, () => {
      assert.deepEqual(ids(connections, name), expected);
    });
  }
});
