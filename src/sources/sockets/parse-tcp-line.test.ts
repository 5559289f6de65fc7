import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseTcpLine } from './parse-tcp-line.ts';

describe('parseTcpLine', () => {
  it('reads a listening socket with connections that wait', () => {
    const line =
      '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000005 00:00000000 00000000     0        0 20034 1 ffff8881 100 0 0 10 0';
    assert.deepEqual(parseTcpLine(line), {
      localAddress: '127.0.0.1',
      localPort: 8080,
      peerAddress: '0.0.0.0',
      peerPort: 0,
      type: 'ipv4',
      state: 10,
      sendQueue: 0,
      receiveQueue: 5,
      isRetransmitting: false,
    });
  });

  it('reads a connection that waits for an answer to its third retransmission', () => {
    const line =
      '  17: 4D6433C6:C350 0A00A8C0:01BB 01 00000A2C:0000000A 01:00000014 00000003  1000        0 20035 2 ffff8881 20 4 30 10 -1';
    const parsed = parseTcpLine(line);
    assert.deepEqual(
      [parsed?.localAddress, parsed?.peerAddress, parsed?.peerPort, parsed?.state],
      ['198.51.100.77', '192.168.0.10', 443, 1],
    );
    assert.deepEqual([parsed?.sendQueue, parsed?.receiveQueue, parsed?.isRetransmitting], [2604, 10, true]);
  });

  it('reads IPv6, and takes IPv4 that is mapped into it for IPv4', () => {
    const six =
      '   1: B80D0120000000000000000001000000:0050 00000000000000000000000001000000:8235 06 00000000:00000000 03:00001234 00000000 0 0 0 3 ffff';
    const parsed = parseTcpLine(six);
    assert.deepEqual(
      [parsed?.localAddress, parsed?.peerAddress, parsed?.type],
      ['2001:db8::1', '::1', 'ipv6'],
    );
    const mapped =
      '   2: 0000000000000000FFFF00000100007F:0050 0000000000000000FFFF00000200007F:8235 01 00000000:00000000 00:00000000 00000000 0 0 0';
    const four = parseTcpLine(mapped);
    assert.deepEqual([four?.localAddress, four?.peerAddress, four?.type], ['127.0.0.1', '127.0.0.2', 'ipv4']);
  });

  for (const line of [
    '',
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1F90 00000000:0000',
    '   0: 010000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000',
    '   0: 0100007F:1F90 00000000:0000 0G 00000000:00000000 00:00000000 00000000',
  ]) {
    it(`takes ${JSON.stringify(line.slice(0, 40))} for no socket`, () => {
      assert.equal(parseTcpLine(line), undefined);
    });
  }

  it('never throws, and what it reads is within bounds', () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('0100007F:1F90', '0A', '00000000:00000005', '01:00000014', ':', '0:', 'FFFFFFFF:FFFF'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 10 }), (words) => {
        const parsed = parseTcpLine(words.join(' '));
        if (parsed === undefined) return;
        for (const figure of [
          parsed.localPort,
          parsed.peerPort,
          parsed.state,
          parsed.sendQueue,
          parsed.receiveQueue,
        ])
          assert.ok(Number.isInteger(figure) && figure >= 0);
      }),
      { numRuns: 1000 },
    );
  });
});
