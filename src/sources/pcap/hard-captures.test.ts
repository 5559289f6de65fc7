import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TCP_FLAG } from './segment.ts';
import { decodeCapture } from './testdata/decode-capture.ts';
import { eventsOf } from './testdata/exchange-lines.ts';
import { ethernet, ipv4, pcapFile, type TcpFields, tcp } from './testdata/packets.ts';

const { syn, ack, fin } = TCP_FLAG;
const CLIENT = [192, 0, 2, 1];
const SERVER = [198, 51, 100, 2];

const up = (fields: TcpFields) => ethernet(ipv4(tcp(fields), { source: CLIENT, destination: SERVER }));
const down = (fields: TcpFields) =>
  ethernet(
    ipv4(tcp({ sourcePort: 80, destinationPort: 40_000, ...fields }), {
      source: SERVER,
      destination: CLIENT,
    }),
  );

/** The client's data begins at 1001, the server's at 2001. */
const HANDSHAKE = [
  up({ flags: syn, sequence: 1000, acknowledgment: 0 }),
  down({ flags: syn | ack, sequence: 2000, acknowledgment: 1001 }),
  up({ flags: ack, sequence: 1001, acknowledgment: 2001 }),
];

/** Events of these packets, one a millisecond. */
function events(...packets: readonly Uint8Array[]) {
  const timed = packets.map((bytes, index) => ({ bytes, time: [1_700_000_000, index * 1e6] as const }));
  return eventsOf(decodeCapture(pcapFile(timed)));
}

describe('captures that were hard once', () => {
  it('ends, although a FIN stands where data is missing and data behind it waits', () => {
    const names = events(
      ...HANDSHAKE,
      up({ sequence: 1001, acknowledgment: 2001, payload: 'GET / HTTP/1.1\r\n' }),
      up({ sequence: 1018, acknowledgment: 2001, payload: 'late' }),
      up({ flags: fin | ack, sequence: 1017, acknowledgment: 2001 }),
    ).map(({ name }) => name);
    assert.deepEqual(names, ['http.exchange', 'tcp.connection']);
  });
});
