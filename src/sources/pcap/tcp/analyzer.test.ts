import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ObservedTcp, type Sent } from './testdata/observed-tcp.ts';

interface Case {
  readonly name: string;
  readonly segments: readonly Sent[];
  readonly calls?: readonly string[];
  readonly ended?: readonly string[];
}

const ack = (seq: number, acked: number): Sent => ({ seq, ack: acked });
const serverAck = (seq: number, acked: number): Sent => ({ from: 'server', seq, ack: acked });
const data = (seq: number, payload: string, acked = 1): Sent => ({ seq, payload, ack: acked });
const serverData = (seq: number, payload: string, acked = 1): Sent => ({
  from: 'server',
  seq,
  payload,
  ack: acked,
});

/** After a handshake, and before the end of the capture. */
const ESTABLISHED: readonly Case[] = [
  {
    name: 'data of both sides is given in the order of its bytes',
    segments: [data(1, 'abc'), serverAck(1, 4), serverData(1, 'xyz', 4), ack(4, 4)],
    calls: ['client "abc"', 'server "xyz"', 'end capture_end'],
    ended: ['capture_end S1 ShADad'],
  },
  {
    name: 'what is sent again is given once',
    segments: [data(1, 'abc'), data(1, 'abc'), serverAck(1, 4)],
    calls: ['client "abc"', 'end capture_end'],
    ended: ['capture_end S1 ShADTa'],
  },
  {
    name: 'of an overlap the first copy counts',
    segments: [data(1, 'abc'), data(2, 'XYd')],
    calls: ['client "abc"', 'client "d"', 'end capture_end'],
  },
  {
    name: 'what comes early waits for what precedes it',
    segments: [data(4, 'def'), data(7, 'gh'), data(1, 'abc')],
    calls: ['client "abc"', 'client "def"', 'client "gh"', 'end capture_end'],
  },
  {
    name: 'what fills a hole and reaches further leaves what was held',
    segments: [data(4, 'def'), data(10, 'jk'), data(1, 'abcDEFghiJKl')],
    calls: ['client "abc"', 'client "def"', 'client "ghi"', 'client "jk"', 'client "l"', 'end capture_end'],
  },
  {
    name: 'bytes that are acknowledged with data and never seen are a gap before that data',
    segments: [data(1, 'abc'), serverData(4, 'xyz', 9), data(9, 'ij', 7)],
    calls: ['client "abc"', 'client gap 5', 'server gap 3', 'server "xyz"', 'client "ij"', 'end capture_end'],
  },
  {
    name: 'a bare ACK that overtook its data on the way into the capture is no gap',
    segments: [data(1, 'abc'), serverAck(1, 7), data(4, 'def')],
    calls: ['client "abc"', 'client "def"', 'end capture_end'],
  },
  {
    name: 'a second bare ACK is believed',
    segments: [data(1, 'abc'), serverAck(1, 7), serverAck(1, 7), data(7, 'ghi')],
    calls: ['client "abc"', 'client gap 3', 'client "ghi"', 'end capture_end'],
  },
  {
    name: 'a hole that is acknowledged is given up when later data is there',
    segments: [data(1, 'abc'), data(7, 'ghi'), serverAck(1, 10)],
    calls: ['client "abc"', 'client gap 3', 'client "ghi"', 'end capture_end'],
  },
  {
    name: 'a hole that is not acknowledged is kept open, and given up at the end',
    segments: [data(1, 'abc'), data(7, 'ghi'), serverAck(1, 4), { ...serverAck(1, 4), after: 5000 }],
    calls: ['client "abc"', 'client gap 3', 'client "ghi"', 'end capture_end'],
  },
  {
    name: 'without any ACK of the other side a hole is given up after a second',
    segments: [data(1, 'abc'), data(7, 'ghi'), { ...data(10, 'jk'), after: 1500 }],
    calls: ['client "abc"', 'client gap 3', 'client "ghi"', 'client "jk"', 'end capture_end'],
  },
  {
    name: 'a record that was cut off is data and a gap',
    segments: [{ ...data(1, 'abcdef'), captured: 2 }, data(7, 'g')],
    calls: ['client "ab"', 'client gap 4', 'client "g"', 'end capture_end'],
  },
  {
    name: 'keep-alive probes, with a byte or without, are no data',
    segments: [
      data(1, 'abc'),
      serverAck(1, 4),
      { ...data(3, '\0'), after: 60_000 },
      serverAck(1, 4),
      { ...ack(3, 1), after: 60_000 },
      serverAck(1, 4),
      data(4, 'd'),
    ],
    calls: ['client "abc"', 'client "d"', 'end capture_end'],
    ended: ['capture_end S1 ShADa'],
  },
  {
    name: 'a probe of a closed window is data once, and sent again with what follows',
    segments: [
      data(1, 'abc'),
      { ...serverAck(1, 4), window: 0 },
      data(4, 'd'),
      { ...serverAck(1, 4), window: 0 },
      serverAck(1, 4),
      data(4, 'def'),
    ],
    calls: ['client "abc"', 'client "d"', 'client "ef"', 'end capture_end'],
    ended: ['capture_end S1 ShADwaT'],
  },
  {
    name: 'a FIN of each side and the ACK of the second close it',
    segments: [{ seq: 1, ack: 1, flags: 'F' }, { from: 'server', seq: 1, ack: 2, flags: 'F' }, ack(2, 2)],
    calls: [],
    ended: ['fin client SF ShAFf'],
  },
  {
    name: 'a half-closed connection goes on',
    segments: [
      data(1, 'abc'),
      { seq: 4, ack: 1, flags: 'F' },
      serverData(1, 'x', 5),
      serverData(2, 'y', 5),
      { from: 'server', seq: 3, ack: 5, flags: 'F' },
      ack(5, 4),
    ],
    calls: ['client "abc"', 'server "x"', 'server "y"', 'end fin client'],
    ended: ['fin client SF ShADFdf'],
  },
  {
    name: 'both FINs without the last ACK are a close all the same',
    segments: [
      { seq: 1, ack: 1, flags: 'F' },
      { from: 'server', seq: 1, ack: 2, flags: 'F' },
    ],
    ended: ['fin client SF ShAFf'],
  },
  {
    name: 'a FIN that came early waits for the data before it',
    segments: [
      { seq: 4, ack: 1, flags: 'F' },
      { from: 'server', seq: 1, ack: 1, flags: 'F' },
      data(1, 'abc', 2),
      serverAck(2, 5),
    ],
    calls: ['client "abc"', 'end fin server'],
    ended: ['fin server SF ShAFfDa'],
  },
  {
    name: 'a FIN with data that was lost before it',
    segments: [
      data(1, 'abc'),
      { seq: 7, ack: 1, flags: 'F' },
      { from: 'server', seq: 1, ack: 8, flags: 'F' },
      ack(8, 2),
    ],
    calls: ['client "abc"', 'client gap 3', 'end fin client'],
  },
  {
    name: 'crossing FINs',
    segments: [
      { seq: 1, ack: 1, flags: 'F' },
      { from: 'server', seq: 1, ack: 1, flags: 'F' },
      ack(2, 2),
      serverAck(2, 2),
    ],
    ended: ['fin client SF ShAFf'],
  },
  {
    name: 'a reset ends it at once, and what was held is given out',
    segments: [data(1, 'abc'), data(5, 'e'), { from: 'server', flags: 'R', seq: 1, ack: 4 }],
    calls: ['client "abc"', 'client gap 1', 'client "e"', 'end reset server'],
    ended: ['reset server RSTR ShADGr'],
  },
  {
    name: 'a reset with a number from elsewhere is not of this connection',
    segments: [data(1, 'abc'), { from: 'server', flags: 'R', seq: 0x6000_0000 }, data(4, 'd')],
    calls: ['client "abc"', 'client "d"', 'end capture_end'],
  },
  {
    name: 'a reset after a FIN: who sent the FIN closed first',
    segments: [
      { seq: 1, ack: 1, flags: 'F' },
      { from: 'server', flags: 'R', seq: 1, ack: 2 },
    ],
    ended: ['reset client RSTR ShAFr'],
  },
  {
    name: 'what comes after the close opens nothing',
    segments: [
      { seq: 1, ack: 1, flags: 'F' },
      { from: 'server', seq: 1, ack: 2, flags: 'F' },
      ack(2, 2),
      { from: 'server', seq: 1, ack: 2, flags: 'F' },
      ack(2, 2),
      data(1, 'late'),
    ],
    calls: [],
    ended: ['fin client SF ShAFf'],
  },
  {
    name: 'a new SYN without a close is another connection',
    segments: [
      data(1, 'abc'),
      { flags: 'S', isn: 5000 },
      { from: 'server', flags: 'S', ack: 1, isn: 5000 },
      { ...ack(1, 1), isn: 5000 },
      { ...data(1, 'new'), isn: 5000 },
    ],
    calls: ['client "abc"', 'end reused', 'client "new"', 'end capture_end'],
    ended: ['reused S1 ShAD', 'capture_end S1 ShAD'],
  },
  {
    name: 'the same SYN again is not',
    segments: [{ flags: 'S' }, data(1, 'abc')],
    calls: ['client "abc"', 'end capture_end'],
    ended: ['capture_end S1 ShAD'],
  },
  {
    name: 'a stream that lost more than a window is followed after some segments',
    segments: [0, 1, 2, 3, 4].map((index) => data(0x5000_0000 + index, 'x')),
    calls: ['client gap 1', 'client "x"', 'client "x"', 'end capture_end'],
  },
];

const OPENING: readonly Case[] = [
  {
    name: 'a SYN that nobody answers',
    segments: [{ flags: 'S' }, { flags: 'S', after: 1000 }],
    ended: ['capture_end S0 S'],
  },
  {
    name: 'a SYN that is refused',
    segments: [{ flags: 'S' }, { from: 'server', flags: 'R', ack: 1 }],
    ended: ['refused server REJ Sr'],
  },
  {
    name: 'a SYN scan',
    segments: [{ flags: 'S' }, { from: 'server', flags: 'S', ack: 1 }, { flags: 'R', seq: 1 }],
    ended: ['reset client RSTO ShR'],
  },
  {
    name: 'a SYN that is taken back',
    segments: [{ flags: 'S' }, { flags: 'R', seq: 1 }],
    ended: ['reset client RSTOS0 SR'],
  },
  {
    name: 'data in the SYN (TCP Fast Open)',
    segments: [
      { flags: 'S', payload: 'GET' },
      { from: 'server', flags: 'S', ack: 4 },
      { seq: 4, ack: 1, payload: ' /' },
    ],
    calls: ['client "GET"', 'client " /"', 'end capture_end'],
  },
  {
    name: 'data in a SYN that the server does not take is sent again',
    segments: [
      { flags: 'S', payload: 'GET' },
      { from: 'server', flags: 'S', ack: 1 },
      { seq: 1, ack: 1, payload: 'GET' },
    ],
    calls: ['client "GET"', 'end capture_end'],
  },
  {
    name: 'both sides open at once',
    segments: [
      { flags: 'S' },
      { from: 'server', flags: 'S' },
      { flags: 'S', ack: 1 },
      { from: 'server', flags: 'S', ack: 1 },
      data(1, 'abc'),
    ],
    calls: ['client "abc"', 'end capture_end'],
  },
  {
    name: 'a SYN/ACK that is captured before its SYN',
    segments: [{ from: 'server', flags: 'S', ack: 1 }, { flags: 'S' }, ack(1, 1), data(1, 'abc')],
    calls: ['client "abc"', 'end capture_end'],
    ended: ['capture_end S1 hSAD'],
  },
  {
    name: 'a handshake of which the SYN is missing: who answered it is the server',
    segments: [{ from: 'server', flags: 'S', ack: 1 }, ack(1, 1), data(1, 'abc'), serverData(1, 'x', 4)],
    calls: ['client "abc"', 'server "x"', 'end capture_end'],
    ended: ['capture_end OTH hADd'],
  },
  {
    name: 'a handshake of which only the SYN is there',
    segments: [{ flags: 'S' }, data(1, 'abc'), serverData(1, 'x', 4)],
    calls: ['client "abc"', 'server "x"', 'end capture_end'],
    ended: ['capture_end S1 SDd'],
  },
  {
    name: 'one direction alone',
    segments: [{ from: 'server', flags: 'S', ack: 1 }, serverData(1, 'abc', 8), serverData(4, 'd', 8)],
    calls: ['client gap 7', 'server "abc"', 'server "d"', 'end capture_end'],
  },
  {
    name: 'flags that make no sense',
    segments: [{ flags: 'SF' }, { flags: 'SR' }],
    ended: [],
  },
  {
    name: 'data without a beginning is passed over unless it is worth picking up',
    segments: [data(100, 'abc'), serverData(100, 'x', 103)],
    calls: [],
    ended: [],
  },
];

function check(tcp: ObservedTcp, { segments, calls, ended }: Case): void {
  tcp.send(...segments).end();
  if (calls !== undefined) assert.deepEqual(tcp.calls, calls);
  if (ended !== undefined) assert.deepEqual(tcp.ended, ended);
}

describe('an established connection', () => {
  for (const each of ESTABLISHED) it(each.name, () => check(new ObservedTcp().handshake(), each));
});

it('what is seen on a second interface is a copy, and a change of the way is none', () => {
  const tcp = new ObservedTcp();
  const twice = (segment: Sent): Sent[] => [
    { ...segment, on: 2 },
    { ...segment, on: 7 },
  ];
  tcp.send(
    ...twice({ flags: 'S' }),
    ...twice({ from: 'server', flags: 'S', ack: 1 }),
    ...twice({ seq: 1, ack: 1 }),
    ...twice(data(1, 'abc')),
    ...twice(serverAck(1, 4)),
    { ...data(4, 'def'), on: 9 },
    { ...data(4, 'def'), on: 2 },
    { ...data(4, 'def'), on: 9 },
    ...twice({ from: 'server', seq: 1, ack: 7, flags: 'F' }),
    ...twice({ seq: 7, ack: 2, flags: 'F' }),
    { ...serverAck(2, 8), on: 7 },
  );
  assert.deepEqual(tcp.calls, ['client "abc"', 'client "def"', 'end fin server']);
  assert.equal(tcp.tcp.counts.copies, 8);
  assert.deepEqual([...tcp.tcp.table.retransmits.subarray(0, 2)].sort(), [0, 1]);
  assert.deepEqual([...tcp.tcp.table.duplicateAcks.subarray(0, 2)], [0, 0]);
  assert.equal(tcp.tcp.table.synRetransmits[0], 0);
  tcp.end();
});

it('a FIN that comes again counts as sent again, as it does in the kernel', () => {
  const tcp = new ObservedTcp().handshake();
  tcp
    .send({ seq: 1, ack: 1, flags: 'F' }, { seq: 1, ack: 1, flags: 'F' }, { seq: 1, ack: 1, flags: 'F' })
    .end();
  assert.deepEqual([...tcp.tcp.table.retransmits.subarray(0, 2)].sort(), [0, 2]);
  assert.deepEqual(tcp.ended, ['capture_end S2 ShAF']);
});

describe('the opening of a connection', () => {
  for (const each of OPENING) it(each.name, () => check(new ObservedTcp(), each));
});

it('ends so many connections at a time as it is asked for, and all in the end', () => {
  const tcp = new ObservedTcp();
  for (let clientPort = 1; clientPort <= 5; clientPort++) tcp.send({ flags: 'S', clientPort });
  const ended = [2, 2, 2, undefined].map((most) => {
    tcp.tcp.end(most);
    return tcp.ended.length;
  });
  assert.deepEqual(ended, [2, 4, 5, 5]);
});

it('keeps no data from behind a FIN, which the next connection in its place would be given', () => {
  const tcp = new ObservedTcp().handshake();
  tcp.send(
    data(1, 'abc'),
    { seq: 4, ack: 1, flags: 'F' },
    data(10, 'beyond'),
    { from: 'server', seq: 1, ack: 5, flags: 'F' },
    ack(5, 2),
  );
  assert.deepEqual(tcp.calls, ['client "abc"', 'end fin client']);
  assert.ok(tcp.tcp.delivery.held.isEmpty);
  assert.equal(tcp.tcp.counts.outOfWindow, 'beyond'.length);
});

describe('mid-stream', () => {
  it('a connection is picked up with the roles that its content tells', () => {
    const tcp = new ObservedTcp();
    tcp.pickUpAs = 1;
    tcp.send(serverData(100, 'HTTP/1.1 200 OK', 50), data(50, 'GET', 115)).end();
    // What the server had acknowledged before is where the client's bytes go on.
    assert.deepEqual(tcp.calls, ['server "HTTP/1.1 200 OK"', 'client "GET"', 'end capture_end']);
    assert.deepEqual(tcp.ended, ['capture_end OTH dD']);
  });
});

describe('limits', () => {
  it('an idle connection is given up, and so is a SYN without an answer, earlier', () => {
    const tcp = new ObservedTcp({ idleNanos: 600e9 }).handshake();
    tcp.send({ flags: 'S', clientPort: 2 }, { flags: 'S', clientPort: 3, after: 80_000 });
    assert.deepEqual(tcp.ended, ['unanswered S0 S']);
    tcp.send({ flags: 'S', clientPort: 4, after: 600_000 });
    assert.deepEqual(tcp.ended.toSorted(), ['idle S1 ShA', 'unanswered S0 S', 'unanswered S0 S']);
  });

  it('time alone gives up what is idle', () => {
    const tcp = new ObservedTcp({ idleNanos: 600e9 }).handshake();
    tcp.tcp.tick(700e9);
    assert.deepEqual(tcp.ended, ['idle S1 ShA']);
  });

  it('of too many connections those go first that are closed, then those half open, then the least used', () => {
    const tcp = new ObservedTcp({ maxConnections: 3 }).handshake();
    const open = (clientPort: number): readonly Sent[] => [
      { flags: 'S', clientPort },
      { from: 'server', flags: 'S', ack: 1, clientPort },
      { seq: 1, ack: 1, clientPort },
    ];
    tcp.send(...open(1), { seq: 1, flags: 'R', clientPort: 1 }, ...open(2));
    assert.deepEqual(tcp.ended, ['reset client RSTO ShAR']);
    tcp.send({ flags: 'S', clientPort: 3 }, { flags: 'S', clientPort: 4 });
    assert.deepEqual(tcp.ended.slice(1), ['evicted S0 S']);
    // The first one is used again, so the second one, on port 2, is the least used.
    tcp.send(data(1, 'abc'), ...open(4), { flags: 'S', clientPort: 5 });
    assert.deepEqual(tcp.ended.slice(2), ['evicted S1 ShA']);
    assert.equal(tcp.tcp.openConnections, 3);
  });

  it('a flood of SYNs stays within them', () => {
    const tcp = new ObservedTcp({ maxConnections: 100 });
    for (let clientPort = 1; clientPort <= 5000; clientPort++) tcp.send({ flags: 'S', clientPort, after: 0 });
    assert.equal(tcp.tcp.openConnections, 100);
    assert.equal(tcp.tcp.counts.ended.evicted, 4900);
    assert.ok(tcp.tcp.table.slots <= 100);
  });

  it('a hole is given up when more waits behind it than allowed', () => {
    const tcp = new ObservedTcp({ reassemblyBytesPerDirection: 10_000 }).handshake();
    const piece = 'x'.repeat(1000);
    for (let index = 0; index < 20; index++) tcp.send(data(101 + index * 1000, piece), serverAck(1, 1));
    assert.equal(tcp.calls[0], 'client gap 100');
    assert.equal(tcp.calls.length, 21);
    assert.equal(tcp.tcp.delivery.held.totalCost, 0);
  });
});

describe('what a connection counts', () => {
  it('retransmissions, reordering, duplicate ACKs, closed windows and probes, by direction', () => {
    const { tcp } = new ObservedTcp()
      .handshake()
      .send(
        data(1, 'abc'),
        data(1, 'abc'),
        data(7, 'ghi'),
        { ...serverAck(1, 4), after: 0.5 },
        { ...serverAck(1, 4), after: 0.5 },
        { ...serverAck(1, 4), after: 0.5 },
        { ...data(4, 'def'), after: 0.5 },
        data(13, 'mno'),
        { ...data(10, 'jkl'), after: 300 },
        { ...serverAck(1, 16), window: 0 },
        { ...serverAck(1, 16), window: 500 },
        ack(15, 1),
      );
    const { table } = tcp;
    assert.deepEqual([...table.retransmits.slice(0, 2)], [2, 0], 'one again, one that filled a hole late');
    assert.deepEqual([...table.outOfOrder.slice(0, 2)], [1, 0]);
    assert.deepEqual([...table.duplicateAcks.slice(0, 2)], [0, 2]);
    assert.deepEqual([...table.zeroWindows.slice(0, 2)], [0, 1]);
    assert.deepEqual([...table.keepAlives.slice(0, 2)], [1, 0]);
    assert.deepEqual([...table.bytes.slice(0, 2)], [15, 0]);
  });

  it('round trips of the handshake and of data, not of what was sent twice', () => {
    const { tcp } = new ObservedTcp().send(
      { flags: 'S' },
      { from: 'server', flags: 'S', ack: 1, after: 30 },
      { ...ack(1, 1), after: 10 },
      data(1, 'abc'),
      { ...serverAck(1, 4), after: 20 },
      data(4, 'def'),
      data(4, 'def'),
      { ...serverAck(1, 7), after: 1 },
    );
    const { table } = tcp;
    assert.equal(table.leastRttNanos[0], 20e6);
    assert.equal(table.smoothedRttNanos[0], 30e6 + (20e6 - 30e6) / 8);
    assert.equal(table.leastRttNanos[1], 10e6);
  });
});
