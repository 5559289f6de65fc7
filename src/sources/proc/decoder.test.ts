import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CAPTURED_FILES, captured, filesOfHost, HOSTS, trap } from './testdata/captured-files.ts';
import { decoding, figureOf, pointsOf, T0, T1 } from './testdata/decoding.ts';

describe('proc decoder: a real host, before and after', () => {
  const { context, feed } = decoding();
  const before = CAPTURED_FILES.flatMap((name) => feed(name, captured('t0', name), T0));
  const after = CAPTURED_FILES.flatMap((name) => feed(name, captured('t1', name), T1));

  for (const [name, attributes, first, second] of [
    ['lagpipe.netstat.tcp_ext.listen_overflows', {}, 0, 30],
    ['lagpipe.netstat.tcp_ext.listen_drops', {}, 0, 30],
    ['lagpipe.netstat.tcp_ext.syn_retrans', {}, 0, 15],
    ['lagpipe.netstat.tcp_ext.timeouts', {}, 2, 17],
    ['lagpipe.netstat.tcp.active_opens', {}, 1143, 1168],
    ['lagpipe.netstat.tcp.retrans_segs', {}, 2, 17],
    ['lagpipe.netstat.udp.no_ports', {}, 0, 7],
    ['lagpipe.netstat.udp.rcvbuf_errors', {}, 0, 47],
    ['lagpipe.sockstat.tcp.mem', {}, 118, 118],
    ['lagpipe.sockstat.tcp6.inuse', {}, 0, 0],
    ['lagpipe.softnet.processed', { 'cpu.logical_number': 0 }, 0x13, 0x22],
    ['lagpipe.softnet.processed', { 'cpu.logical_number': 1 }, 0x4908, 0x4975],
    [
      'system.network.io',
      { 'network.interface.name': 'lo', 'network.io.direction': 'receive' },
      941_262,
      971_684,
    ],
    [
      'system.network.packet.count',
      { 'system.device.name': 'lo', 'network.io.direction': 'transmit' },
      10_328,
      10_452,
    ],
    [
      'lagpipe.pressure.stall_time',
      { 'lagpipe.pressure.resource': 'cpu', 'lagpipe.pressure.kind': 'some' },
      11.593261,
      11.600069,
    ],
    [
      'lagpipe.pressure.avg10',
      { 'lagpipe.pressure.resource': 'cpu', 'lagpipe.pressure.kind': 'some' },
      0.0036,
      0.0036,
    ],
  ] as const) {
    it(`${name} ${JSON.stringify(attributes)} goes from ${first} to ${second}`, () => {
      assert.equal(figureOf(before, name, attributes), first);
      assert.equal(figureOf(after, name, attributes), second);
    });
  }

  it('loses no line', () => {
    assert.deepEqual(context.counter.snapshot().dropped, {});
  });

  it('can read every file of every captured host', () => {
    for (const host of HOSTS) {
      const { context: each, feed: feedEach } = decoding({ fields: 'all' });
      for (const tick of ['t0', 't1'] as const) {
        for (const name of filesOfHost(host))
          assert.ok(feedEach(name, captured(tick, name, host)).length > 0);
      }
      assert.deepEqual(each.counter.snapshot().dropped, {}, host);
    }
  });

  it('gives every sum the time when it was first seen as its start', () => {
    const sums = after.filter((metric) => metric.kind === 'sum');
    assert.ok(sums.length > 80);
    for (const { points, monotonic, temporality } of sums) {
      assert.deepEqual([monotonic, temporality], [true, 'cumulative']);
      for (const { startTime, time } of points) assert.deepEqual([startTime, time], [T0, T1]);
    }
  });

  it('names no metric twice per file', () => {
    for (const name of CAPTURED_FILES) {
      const names = decoding({ fields: 'all' })
        .feed(name, captured('t1', name))
        .map((metric) => metric.name);
      assert.equal(new Set(names).size, names.length, name);
    }
  });
});

describe('proc decoder: netstat fields', () => {
  it('takes the chosen fields by default and every one with all', () => {
    const few = decoding().feed('net/netstat', captured('t1', 'net/netstat'));
    const all = decoding({ fields: 'all' }).feed('net/netstat', captured('t1', 'net/netstat'));
    assert.equal(figureOf(few, 'lagpipe.netstat.tcp_ext.auto_corking'), undefined);
    assert.equal(figureOf(all, 'lagpipe.netstat.tcp_ext.auto_corking'), 1);
    assert.equal(all.length, 135 + 18 + 76);
  });

  it('makes settings and states gauges, negative ones too', () => {
    const metrics = decoding({ fields: 'all' }).feed('net/snmp', captured('t1', 'net/snmp'));
    const maxConn = metrics.find(({ name }) => name === 'lagpipe.netstat.tcp.max_conn');
    assert.equal(maxConn?.kind, 'gauge');
    assert.equal(figureOf(metrics, 'lagpipe.netstat.tcp.max_conn'), -1);
    assert.equal(metrics.find(({ name }) => name === 'lagpipe.netstat.tcp.curr_estab')?.kind, 'gauge');
  });

  it('skips and counts a value that is no number', () => {
    const { context, feed } = decoding({ fields: 'all' });
    const metrics = feed('net/netstat', trap('net/netstat.broken'));
    assert.deepEqual(
      metrics.map(({ name }) => name),
      ['lagpipe.netstat.mptcp_ext.mp_capable_synrx'],
    );
    assert.deepEqual(context.counter.snapshot().dropped, { malformed_line: 5 });
  });
});

describe('proc decoder: softnet', () => {
  it('keeps the state of a CPU that is offline for a while', () => {
    const { feed } = decoding();
    const line = (cpu: number, processed: number) =>
      `${[processed, ...new Array<number>(11).fill(0), cpu].map((value) => value.toString(16).padStart(8, '0')).join(' ')}\n`;
    feed('net/softnet_stat', line(0, 100) + line(1, 200), [10, 0]);
    const alone = feed('net/softnet_stat', line(0, 110), [11, 0]);
    assert.equal(pointsOf(alone, 'lagpipe.softnet.processed').length, 1);
    const both = feed('net/softnet_stat', line(0, 120) + line(1, 200), [12, 0]);
    assert.deepEqual(
      pointsOf(both, 'lagpipe.softnet.processed').map(({ startTime, value }) => [startTime, value]),
      [
        [[10, 0], 120],
        [[10, 0], 200],
      ],
    );
  });

  it('does not call a row a CPU where the kernel does not say so', () => {
    const metrics = decoding().feed('net/softnet_stat', trap('net/softnet_stat.11-columns'));
    assert.deepEqual(pointsOf(metrics, 'lagpipe.softnet.processed')[0].attributes, {
      'lagpipe.softnet.row': 0,
    });
    assert.equal(figureOf(metrics, 'lagpipe.softnet.flow_limit'), 4);
    assert.equal(
      metrics.some(({ name }) => name === 'lagpipe.softnet.backlog'),
      false,
    );
  });

  it('carries on when 32 bits wrap', () => {
    const { feed } = decoding();
    const row = (processed: string) =>
      `${[processed, ...new Array<string>(12).fill('00000000')].join(' ')}\n`;
    feed('net/softnet_stat', row('fffffffa'), [10, 0]);
    const metrics = feed('net/softnet_stat', row('00000005'), [11, 0]);
    assert.equal(figureOf(metrics, 'lagpipe.softnet.processed'), 2 ** 32 + 5);
  });
});

describe('proc decoder: netdev', () => {
  const head = captured('t0', 'net/dev').split('\n').slice(0, 2).join('\n');
  const device = (name: string, bytes: number) => `\n${name}: ${bytes} 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0`;

  it('takes an interface that went away and came back for another one', () => {
    const { feed } = decoding();
    feed('net/dev', `${head}${device('veth0', 100)}`, [10, 0]);
    feed('net/dev', head, [11, 0]);
    const metrics = feed('net/dev', `${head}${device('veth0', 500)}`, [12, 0]);
    assert.deepEqual(pointsOf(metrics, 'system.network.io')[0].startTime, [12, 0]);
  });

  it('takes a counter that fell for a reset', () => {
    const { feed } = decoding();
    feed('net/dev', `${head}${device('eth0', 100)}`, [10, 0]);
    const metrics = feed('net/dev', `${head}${device('eth0', 7)}`, [11, 0]);
    const [{ startTime, value }] = pointsOf(metrics, 'system.network.io');
    assert.deepEqual([startTime, value], [[10, 0], 7]);
  });
});

describe('proc decoder: any input', () => {
  it('never throws, whatever happened to a file', () => {
    const edit = fc.record({
      at: fc.nat(20_000),
      remove: fc.nat(40),
      insert: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('\n', ':', ' ', '-1', '18446744073709551615', 'TcpExt: '),
      ),
    });
    const files = HOSTS.flatMap((host) => filesOfHost(host).map((name) => [host, name] as const));
    const edits = fc.array(edit, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(...files), edits, ([host, name], mutations) => {
        const { feed } = decoding({ fields: 'all' });
        let text = captured('t0', name, host);
        for (const { at, remove, insert } of mutations) {
          const position = at % (text.length + 1);
          text = text.slice(0, position) + insert + text.slice(position + remove);
        }
        for (const metric of [...feed(name, text), ...feed(name, captured('t1', name, host))]) {
          assert.ok(metric.points.length > 0);
          for (const point of metric.points)
            assert.equal('value' in point && Number.isFinite(point.value), true);
        }
      }),
      { numRuns: 600 },
    );
  });

  it('counts a file that it does not know', () => {
    const { context, feed } = decoding();
    assert.deepEqual(feed('net/arp', 'IP address'), []);
    assert.deepEqual(context.counter.snapshot().dropped, { unknown_file: 1 });
  });
});
