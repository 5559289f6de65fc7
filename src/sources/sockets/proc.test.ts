import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { BehaviorSubject, Subject, VirtualTimeScheduler } from 'rxjs';
import { testContext } from '../../../test/conformance/context.ts';
import type { Chunk } from '../../component.ts';
import type { Metric } from '../../model/metric.ts';
import { acquireProc, PROC_CHUNK } from './acquire-proc.ts';
import { decodeProc } from './decode-proc.ts';
import { sockets } from './index.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const LIMITS = { maxListeners: 2, maxPorts: 2, maxPeers: 3 };
const INTERVAL = 1000;

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

/** A line of 127.0.0.1:LOCAL to 10.0.0.HOST:PEER. */
function line(local: number, host: number, peer: number, state: number, receiveQueue = 0): string {
  const address = host === 0 ? '00000000' : `${hex(host, 2)}00000A`;
  return `   0: 0100007F:${hex(local, 4)} ${address}:${hex(peer, 4)} ${hex(state, 2)} 00000000:${hex(receiveQueue, 8)} 00:00000000 00000000     0        0 1 1 0\n`;
}

const ESTABLISHED = 1;
const TIME_WAIT = 6;
const LISTEN = 10;

/** A /proc of its own, with these sockets. */
function procOf(
  t: TestContext,
  tcp: string,
  sockstat = 'TCP: inuse 1 orphan 0 tw 0 alloc 3 mem 1\n',
): string {
  const root = mkdtempSync(join(tmpdir(), 'lagpipe-proc-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'net'));
  writeFileSync(join(root, 'net/tcp'), HEAD + tcp);
  writeFileSync(join(root, 'net/sockstat'), `sockets: used 9\n${sockstat}`);
  return root;
}

interface Given {
  /** What happens before the time in milliseconds that follows. */
  readonly at?: Readonly<Record<number, () => void>>;
  readonly paused$?: BehaviorSubject<boolean>;
}

/** Time is virtual and stands still while a look reads its files, which is done by threads. */
async function acquired(
  root: string,
  untilMillis: number,
  { at = {}, paused$ = new BehaviorSubject(false) }: Given = {},
) {
  const scheduler = new VirtualTimeScheduler();
  const context = testContext(sockets, { scheduler, stop$: new Subject<void>(), paused$ });
  const decode = decodeProc(LIMITS, context);
  const chunks: Chunk[] = [];
  const batches: (readonly Metric[])[] = [];
  const options = { root, intervalMillis: INTERVAL, censusIntervalMillis: 10_000, cpuPercent: 100 };
  const subscription = acquireProc(options, context).subscribe((chunk) => {
    chunks.push(chunk);
    for (const batch of decode(chunk)) if (batch.kind === 'metrics') batches.push(batch.metrics);
  });
  const count = (wanted: string) => chunks.filter(({ name }) => name === wanted).length;
  for (let millis = 0; millis <= untilMillis; millis += INTERVAL / 2) {
    at[millis]?.();
    scheduler.maxFrames = millis;
    scheduler.flush();
    do await setImmediate();
    while (count(PROC_CHUNK.begin) !== count(PROC_CHUNK.end));
  }
  subscription.unsubscribe();
  return { chunks, batches, context };
}

function values(
  batches: readonly (readonly Metric[])[],
  name: string,
  ...by: readonly string[]
): Record<string, number> {
  const metric = batches.flat().findLast((each) => each.name === name);
  return Object.fromEntries(
    (metric?.points ?? [])
      .map(
        (point) =>
          [
            by.map((attribute) => point.attributes[attribute] ?? 'rest').join(' '),
            'value' in point ? point.value : Number.NaN,
          ] as const,
      )
      .filter(([, value]) => value !== 0),
  );
}

const BY_STATE = ['lagpipe.tcp.role', 'server.port', 'network.connection.state'];

describe('sockets from /proc', () => {
  it('counts by role, port, state and peer, the rest in one', async (t) => {
    const root = procOf(
      t,
      line(80, 0, 0, LISTEN, 4) +
        line(443, 0, 0, LISTEN) +
        line(8080, 0, 0, LISTEN) +
        line(80, 1, 5000, ESTABLISHED).repeat(5) +
        line(80, 2, 5000, TIME_WAIT).repeat(3) +
        line(443, 1, 5000, ESTABLISHED).repeat(2) +
        line(40_000, 9, 5432, ESTABLISHED, 10).repeat(4) +
        line(40_001, 9, 6379, TIME_WAIT),
    );
    const { batches, context } = await acquired(root, 500);
    assert.deepEqual(values(batches, 'lagpipe.socket.connections', ...BY_STATE), {
      'server 80 established': 5,
      'server 80 time_wait': 3,
      'client 5432 established': 4,
      'server rest established': 2,
      'client rest time_wait': 1,
    });
    assert.deepEqual(
      values(
        batches,
        'lagpipe.socket.peer.connections',
        'lagpipe.tcp.role',
        'network.peer.address',
        'network.connection.state',
      ),
      {
        'server 10.0.0.1 established': 5,
        'client 10.0.0.9 established': 4,
        'server 10.0.0.2 time_wait': 3,
        'server rest established': 2,
        'client rest time_wait': 1,
      },
    );
    assert.deepEqual(values(batches, 'lagpipe.socket.accept_queue.length', 'network.local.port'), { 80: 4 });
    assert.deepEqual(values(batches, 'lagpipe.socket.accept_queue.sockets', 'network.local.port'), {
      80: 1,
      443: 1,
      rest: 1,
    });
    assert.deepEqual(values(batches, 'lagpipe.socket.unread_bytes', 'server.port'), { 5432: 40 });
    assert.deepEqual(values(batches, 'system.network.connection.count', 'network.connection.state'), {
      established: 11,
      time_wait: 4,
      listen: 3,
    });
    assert.equal(values(batches, 'lagpipe.socket.census.sockets')[''], 18);
    assert.deepEqual(context.counter.snapshot().dropped, {});
  });

  it('reads a large table in pieces, and between two censuses as far as there are listening sockets', async (t) => {
    const root = procOf(t, line(80, 0, 0, LISTEN, 7) + line(80, 1, 5000, ESTABLISHED).repeat(5000));
    const { chunks, batches } = await acquired(root, 2500);
    const pieces = chunks.filter(({ name }) => name === PROC_CHUNK.tcp);
    assert.ok(pieces.length > 30, `${pieces.length} pieces`);
    assert.ok(pieces.every(({ bytes }) => bytes.length <= 16 * 1024));
    const byTick = Object.values(Object.groupBy(pieces, ({ time }) => Math.round(time[0]))).map(
      (each) => each?.length,
    );
    assert.deepEqual(byTick.slice(1), [1, 1]);
    assert.equal(values(batches, 'lagpipe.socket.census.sockets')[''], 5001);
    assert.equal(
      values(batches.slice(-1), 'lagpipe.socket.accept_queue.length', 'network.local.port')[80],
      7,
    );
  });

  it('sees every listening socket at every tick, however many there are', async (t) => {
    const ports = Array.from({ length: 1000 }, (_, port) => line(port + 1, 0, 0, LISTEN)).join('');
    const root = procOf(t, ports + line(80, 1, 5000, ESTABLISHED).repeat(1000));
    const { batches } = await acquired(root, 2500);
    const sums = batches.flatMap((metrics) => {
      const points = metrics.find(({ name }) => name === 'lagpipe.socket.accept_queue.sockets')?.points;
      return points === undefined
        ? []
        : [points.reduce((sum, point) => sum + ('value' in point ? point.value : 0), 0)];
    });
    assert.deepEqual(sums, [1000, 1000, 1000]);
  });

  it('makes no census of too many sockets, and says so once', async (t) => {
    const root = procOf(t, line(80, 0, 0, LISTEN, 7), 'TCP: inuse 9 orphan 0 tw 150000 alloc 60000 mem 1\n');
    const { batches, context } = await acquired(root, 3500);
    assert.equal(batches.length, 4);
    assert.deepEqual(values(batches, 'lagpipe.socket.census.sockets'), {});
    assert.deepEqual(values(batches, 'lagpipe.socket.accept_queue.length', 'network.local.port'), { 80: 7 });
    assert.equal(context.messages.length, 1);
    assert.match(context.messages[0], /^210000 sockets are too many/);
  });

  it('keeps the role of connections whose listener has just gone', async (t) => {
    const root = procOf(t, line(80, 0, 0, LISTEN) + line(80, 1, 5000, ESTABLISHED));
    const { batches } = await acquired(root, 10_500, {
      at: { 5000: () => writeFileSync(join(root, 'net/tcp'), HEAD + line(80, 1, 5000, TIME_WAIT)) },
    });
    assert.deepEqual(values(batches, 'lagpipe.socket.connections', ...BY_STATE), {
      'server 80 time_wait': 1,
    });
  });

  it('skips ticks while it is paused, and counts them', async (t) => {
    const paused$ = new BehaviorSubject(true);
    const { batches, context } = await acquired(procOf(t, ''), 2500, {
      paused$,
      at: { 1500: () => paused$.next(false) },
    });
    assert.equal(context.counter.snapshot().dropped.paused, 2);
    assert.equal(batches.length > 0, true);
  });

  it('counts lines that it cannot read', async (t) => {
    const { context } = await acquired(procOf(t, `${line(80, 0, 0, LISTEN)}   1: nonsense\n`), 500);
    assert.deepEqual(context.counter.snapshot().dropped, { malformed_line: 1 });
  });
});
