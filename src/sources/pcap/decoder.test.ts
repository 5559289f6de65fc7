import assert from 'node:assert/strict';
import { it } from 'node:test';
import { testContext } from '../../../test/conformance/context.ts';
import { exampleConfig } from '../../../test/conformance/example-config.ts';
import { CHUNK } from '../../loader/decode-frames.ts';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import { frameBytes } from '../../loader/testdata/frames.ts';
import type { Batch } from '../../model/batch.ts';
import { pcap } from './index.ts';
import { pcapFile } from './testdata/packets.ts';
import { down, HANDSHAKE, up } from './testdata/two-hosts.ts';

// That live an event is there within 100 ms of its response rests on this: the kernel keeps packets 20 ms at most
// (BLOCK_TIMEOUT_MS), the loader passes on at once what it is given, and nothing here waits.
it('gives an exchange of a live capture at the packet that ends its response, not at a later one', () => {
  const packets = [
    ...HANDSHAKE,
    up({ sequence: 1001, acknowledgment: 2001, payload: 'GET / HTTP/1.1\r\n\r\n' }),
    down({ sequence: 2001, acknowledgment: 1019, payload: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n' }),
    down({ sequence: 2039, acknowledgment: 1019, payload: 'ok' }),
  ];
  const defaults: object = exampleConfig(pcap);
  const config = { ...defaults, files: [], interface: 'lo', interval: 3_600_000 };
  const decode = pcap.decoder(config as never, testContext(pcap));
  const push = (name: string, bytes: Uint8Array): readonly Batch[] =>
    decode({ time: [1_700_000_000, 0], name, bytes });
  const eventsOf = (batches: readonly Batch[]) =>
    batches.flatMap((batch) => (batch.kind === 'events' ? [batch.name] : []));
  push(CHUNK.start, new Uint8Array(0));
  let sent = 0;
  const events = packets.map((_, index) => {
    const file = pcapFile(packets.slice(0, index + 1).map((bytes) => ({ bytes })));
    const frame = frameBytes(FRAME_TYPE.capture, 0, file.subarray(sent));
    sent = file.length;
    return eventsOf(push(CHUNK.frames, frame));
  });
  assert.deepEqual(events, [[], [], [], [], [], ['http.exchange']]);
});
