import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { captured, trap } from './testdata/captured-files.ts';
import { decoding, figureOf, pointsOf } from './testdata/decoding.ts';

const HOST = 'firecracker-6.18.44-idle';

describe('proc decoder: cpu', () => {
  const times = (cpu: number, mode: string) => ({ 'cpu.logical_number': cpu, 'cpu.mode': mode });

  it('gives the seconds of every online CPU by what it did', () => {
    const metrics = decoding().feed('stat', trap('stat.cpu-1-offline'));
    assert.equal(figureOf(metrics, 'system.cpu.time', times(0, 'softirq')), 0.11);
    assert.equal(figureOf(metrics, 'system.cpu.time', times(2, 'user')), 2);
    assert.equal(figureOf(metrics, 'system.cpu.time', times(2, 'steal')), 0.03);
    assert.deepEqual(
      [
        ...new Set(
          pointsOf(metrics, 'system.cpu.time').map((point) => point.attributes['cpu.logical_number']),
        ),
      ],
      [0, 2],
    );
  });

  it('takes what an old kernel has', () => {
    const metrics = decoding().feed('stat', trap('stat.four-columns'));
    assert.deepEqual(
      pointsOf(metrics, 'system.cpu.time').map((point) => point.attributes['cpu.mode']),
      ['user', 'nice', 'system', 'idle'],
    );
  });

  it('holds idle and iowait when the kernel lets them step back, and takes a real fall for a new start', () => {
    const { feed } = decoding();
    const stat = (idle: number, iowait: number) => `cpu0 100 0 50 ${idle} ${iowait} 0 0 0 0 0\n`;
    feed('stat', stat(3000, 500), [10, 0]);
    const back = feed('stat', stat(2990, 499), [11, 0]);
    assert.equal(figureOf(back, 'system.cpu.time', times(0, 'idle')), 30);
    assert.equal(figureOf(back, 'system.cpu.time', times(0, 'iowait')), 5);
    const fallen = pointsOf(feed('stat', stat(7, 499), [12, 0]), 'system.cpu.time');
    const idle = fallen.find((point) => point.attributes['cpu.mode'] === 'idle');
    assert.deepEqual([idle?.value, idle?.startTime], [0.07, [11, 0]]);
  });
});

describe('proc decoder: softirqs', () => {
  it('counts by kind and CPU, only where a CPU ever had any', () => {
    const metrics = decoding().feed('softirqs', trap('softirqs.possible-cpus'));
    assert.deepEqual(
      pointsOf(metrics, 'lagpipe.softirqs').map(({ attributes, value }) => [
        attributes['lagpipe.softirq.type'],
        attributes['cpu.logical_number'],
        value,
      ]),
      [
        ['hi', 0, 1],
        ['net_rx', 0, 4_294_967_290],
        ['net_rx', 1, 70],
        ['sched', 0, 12],
        ['sched', 1, 13],
      ],
    );
  });

  it('carries on when 32 bits wrap', () => {
    const { feed } = decoding();
    feed('softirqs', 'CPU0\nNET_RX: 4294967290\n', [1, 0]);
    const metrics = feed('softirqs', 'CPU0\nNET_RX: 5\n', [2, 0]);
    assert.equal(figureOf(metrics, 'lagpipe.softirqs'), 2 ** 32 + 5);
  });
});

describe('proc decoder: interrupts', () => {
  const table = (file: string) => {
    const { context, feed } = decoding();
    const metrics = feed('interrupts', trap(file));
    assert.deepEqual(context.counter.snapshot().dropped, {});
    return pointsOf(metrics, 'lagpipe.interrupts').map(({ attributes, value }) => [
      attributes['lagpipe.interrupt.irq'],
      attributes['cpu.logical_number'],
      value,
      attributes['lagpipe.interrupt.name'],
      attributes['lagpipe.interrupt.chip'],
    ]);
  };

  it('names the CPU by the head, where one is offline, and splits at the colon, where a space is missing', () => {
    assert.deepEqual(table('interrupts.cpu-1-offline-arm64'), [
      ['11', 0, 81_234_567, 'arch_timer', 'GICv3'],
      ['11', 2, 91_234_567, 'arch_timer', 'GICv3'],
      ['44', 0, 4_294_967_290, 'eth0-tx-0, eth0-rx-0', 'GICv3'],
      ['44', 2, 12, 'eth0-tx-0, eth0-rx-0', 'GICv3'],
      ['45', 2, 7, 'mlx5_comp0@pci:0000:01:00.0', 'ITS-PCI-MSI-0000:01:00.0'],
      ['46', 0, 3, undefined, 'GICv3'],
      ['IPI0', 0, 12_345, 'Rescheduling interrupts', undefined],
      ['IPI0', 2, 54_321, 'Rescheduling interrupts', undefined],
      ['Err', undefined, 2, undefined, undefined],
    ]);
  });

  it('gives ERR no CPU on a host that has a single one', () => {
    assert.deepEqual(table('interrupts.one-cpu'), [
      ['0', 0, 36, 'timer', 'IO-APIC'],
      ['ERR', undefined, 5, undefined, undefined],
    ]);
  });

  it('knows the queues of a real network card', () => {
    const metrics = decoding().feed('interrupts', captured('t0', 'interrupts', HOST));
    const point = pointsOf(metrics, 'lagpipe.interrupts').find(
      ({ attributes }) => attributes['lagpipe.interrupt.name'] === 'virtio3-rx',
    );
    assert.deepEqual(point?.attributes, {
      'cpu.logical_number': 0,
      'lagpipe.interrupt.irq': '41',
      'lagpipe.interrupt.name': 'virtio3-rx',
      'lagpipe.interrupt.chip': 'PCI-MSIX-0000:00:04.0',
    });
  });

  it('takes a CPU that was offline for a gap, and a line of another device for a new counter', () => {
    const { feed } = decoding();
    const lines = (head: string, counts: string, device: string) =>
      `${head}\n 24: ${counts} IO-APIC   5-edge      ${device}\n`;
    const read = (text: string, seconds: number) =>
      pointsOf(feed('interrupts', text, [seconds, 0]), 'lagpipe.interrupts').map(({ startTime, value }) => [
        startTime?.[0],
        value,
      ]);
    read(lines('CPU0 CPU1', '5 6', 'eth0'), 1);
    assert.deepEqual(read(lines('CPU0', '7', 'eth0'), 2), [[1, 7]]);
    assert.deepEqual(read(lines('CPU0 CPU1', '8 6', 'eth0'), 3), [
      [1, 8],
      [1, 6],
    ]);
    assert.deepEqual(read(lines('CPU0 CPU1', '9 7', 'eth1'), 4), [
      [4, 9],
      [4, 7],
    ]);
  });
});

describe('proc decoder: softnet rows without a CPU', () => {
  const rows = `${'00000009 '.repeat(10)}00000009\n${'00000008 '.repeat(10)}00000008\n`;
  const cpusOf = (metrics: ReturnType<ReturnType<typeof decoding>['feed']>) =>
    pointsOf(metrics, 'lagpipe.softnet.processed').map(({ attributes }) => attributes);

  it('takes them from stat of the same tick, because there is a row for every online CPU', () => {
    const { feed } = decoding();
    feed('stat', trap('stat.cpu-1-offline'), [1, 0]);
    assert.deepEqual(cpusOf(feed('net/softnet_stat', rows, [1, 0])), [
      { 'cpu.logical_number': 0 },
      { 'cpu.logical_number': 2 },
    ]);
  });

  it('tells the row only when stat is of another tick or has another number of CPUs', () => {
    const { feed } = decoding();
    feed('stat', trap('stat.cpu-1-offline'), [1, 0]);
    const asRows = [{ 'lagpipe.softnet.row': 0 }, { 'lagpipe.softnet.row': 1 }];
    assert.deepEqual(cpusOf(feed('net/softnet_stat', rows, [2, 0])), asRows);
    feed('stat', trap('stat.four-columns'), [3, 0]);
    assert.deepEqual(cpusOf(feed('net/softnet_stat', rows, [3, 0])), asRows);
  });
});

describe('proc decoder: several small files in one', () => {
  it('gives run time and wait of every ksoftirqd in seconds', () => {
    const metrics = decoding().feed('ksoftirqd', captured('t1', 'ksoftirqd', HOST));
    const cpu = { 'cpu.logical_number': 1 };
    assert.equal(figureOf(metrics, 'lagpipe.ksoftirqd.run_time', cpu), 0.340012548);
    assert.equal(figureOf(metrics, 'lagpipe.ksoftirqd.wait_time', cpu), 7.911371494);
    assert.equal(figureOf(metrics, 'lagpipe.ksoftirqd.timeslices', cpu), 8183);
  });

  it('gives settings in the unit of their name, and the three of tcp_mem by name', () => {
    const metrics = decoding().feed('sysctl', captured('t0', 'sysctl', HOST));
    assert.equal(metrics.find(({ name }) => name === 'lagpipe.sysctl.net.ipv4.tcp_rto_min_us')?.unit, 'us');
    assert.equal(figureOf(metrics, 'lagpipe.sysctl.net.ipv4.tcp_rto_min_us'), 200_000);
    const high = { 'lagpipe.sysctl.field': 'high' };
    assert.equal(figureOf(metrics, 'lagpipe.sysctl.net.ipv4.tcp_mem', high), 575_802);
  });

  it('has no setting of another namespace but those of the host', () => {
    const metrics = decoding().feed('sysctl', captured('t0', 'sysctl', 'netns-6.18.44'));
    assert.equal(figureOf(metrics, 'lagpipe.sysctl.net.core.netdev_max_backlog'), 1000);
    assert.equal(figureOf(metrics, 'lagpipe.sysctl.net.core.somaxconn'), undefined);
  });

  it('counts lines that are none', () => {
    const { context, feed } = decoding();
    feed('sysctl', 'net.core.somaxconn = x\nnet.core.unknown = 1\nnet.core.somaxconn 5\n');
    feed('ksoftirqd', 'ksoftirqd/0 = 1 2\nkworker/0 = 1 2 3\n');
    assert.deepEqual(context.counter.snapshot().dropped, { malformed_line: 5 });
  });
});

describe('proc decoder: conntrack', () => {
  it('adds up the CPUs, each of which wraps by itself', () => {
    const { feed } = decoding();
    const text = trap('net/stat/nf_conntrack.searched');
    const before = feed('net/stat/nf_conntrack', text, [1, 0]);
    assert.equal(figureOf(before, 'lagpipe.conntrack.entries'), 0x102);
    assert.equal(figureOf(before, 'lagpipe.conntrack.found'), 21);
    assert.equal(figureOf(before, 'lagpipe.conntrack.insert_failed'), 10);
    assert.equal(figureOf(before, 'lagpipe.conntrack.search_restart'), 0xffff_fffe + 1);
    const after = feed('net/stat/nf_conntrack', text.replace('fffffffe', '00000003'), [2, 0]);
    assert.equal(figureOf(after, 'lagpipe.conntrack.search_restart'), 2 ** 32 + 3 + 1);
  });

  it('takes the count of the setting only where the other file is not there', () => {
    const sizes = 'net.netfilter.nf_conntrack_count = 7\nnet.netfilter.nf_conntrack_max = 262144\n';
    const alone = decoding().feed('conntrack', sizes);
    assert.equal(figureOf(alone, 'lagpipe.conntrack.entries'), 7);
    assert.equal(figureOf(alone, 'lagpipe.conntrack.limit'), 262_144);
    const { feed } = decoding();
    feed('net/stat/nf_conntrack', trap('net/stat/nf_conntrack.searched'));
    assert.equal(figureOf(feed('conntrack', sizes), 'lagpipe.conntrack.entries'), undefined);
  });
});

describe('proc decoder: snmp6', () => {
  it('names fields like those of IPv4, and counts what it cannot read', () => {
    const { context, feed } = decoding({ fields: 'all' });
    const text = trap('net/snmp6.broken');
    const metrics = feed('net/snmp6', text);
    assert.equal(figureOf(metrics, 'lagpipe.netstat.ip6.in_receives'), 7);
    assert.equal(figureOf(metrics, 'lagpipe.netstat.ip6.in_discards_new'), 1);
    assert.equal(figureOf(metrics, 'lagpipe.netstat.udp6.rcvbuf_errors'), 12);
    assert.deepEqual(context.counter.snapshot().dropped, { malformed_line: 3 });
    // The second time the names are known.
    assert.deepEqual(
      feed('net/snmp6', text).map(({ name }) => name),
      metrics.map(({ name }) => name),
    );
  });

  it('keeps a field apart when lines move', () => {
    const { feed } = decoding();
    feed('net/snmp6', 'Ip6InReceives 5\nIp6InDiscards 6\n', [1, 0]);
    const metrics = feed('net/snmp6', 'Ip6InDiscards 7\nIp6InReceives 8\n', [2, 0]);
    assert.equal(figureOf(metrics, 'lagpipe.netstat.ip6.in_discards'), 7);
    assert.equal(figureOf(metrics, 'lagpipe.netstat.ip6.in_receives'), 8);
    assert.deepEqual(pointsOf(metrics, 'lagpipe.netstat.ip6.in_receives')[0].startTime, [1, 0]);
  });
});

describe('proc decoder: namespaces', () => {
  it('says whose figures they are, for those that a namespace has', () => {
    const { batchesOf } = decoding({ netns: 'blue' });
    const nameOf = (file: string) =>
      batchesOf(file, captured('t0', file, HOST))[0].resource.attributes['lagpipe.netns.name'];
    assert.equal(nameOf('net/dev'), 'blue');
    assert.equal(nameOf('net/stat/nf_conntrack'), 'blue');
    assert.equal(nameOf('net/softnet_stat'), undefined);
    assert.equal(nameOf('stat'), undefined);
  });

  it('does not continue the counters of one namespace with those of another', () => {
    const { feed } = decoding();
    const [first, second] = ['TcpExt: TW\nTcpExt: 5\n', 'TcpExt: TW\nTcpExt: 900\n'];
    feed('net/netstat', first, [1, 0]);
    feed('net', '', [2, 0]);
    const [point] = pointsOf(feed('net/netstat', second, [2, 0]), 'lagpipe.netstat.tcp_ext.tw');
    assert.deepEqual([point.startTime, point.value], [[2, 0], 900]);
  });

  it('tells a wrap from a reset by the width of the kernel', () => {
    for (const [kernelBits, expected] of [
      [32, 2 ** 32 + 5],
      [64, 5],
    ] as const) {
      const { feed } = decoding({ kernelBits });
      feed('net/netstat', `TcpExt: TW\nTcpExt: ${2 ** 32 - 1}\n`, [1, 0]);
      const metrics = feed('net/netstat', 'TcpExt: TW\nTcpExt: 5\n', [2, 0]);
      assert.equal(figureOf(metrics, 'lagpipe.netstat.tcp_ext.tw'), expected);
    }
  });
});
