import assert from 'node:assert/strict';
import { it } from 'node:test';
import { testContext } from '../../../test/conformance/context.ts';
import { exampleConfig } from '../../../test/conformance/example-config.ts';
import { CHUNK } from '../../loader/decode-frames.ts';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import { frameBytes } from '../../loader/testdata/frames.ts';
import type { Batch } from '../../model/batch.ts';
import { PCAP_EVENTS } from './events/event-specs.ts';
import { pcap } from './index.ts';
import { CAPTURE_END } from './read/chunk-names.ts';
import { TCP_FLAG } from './segment.ts';
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

it('gives the same exchanges where connections are not asked for, and none of those', () => {
  const close = { flags: TCP_FLAG.fin | TCP_FLAG.ack };
  const capture = pcapFile(
    [
      ...HANDSHAKE,
      up({ sequence: 1001, acknowledgment: 2001, payload: 'GET / HTTP/1.1\r\n\r\n' }),
      down({ sequence: 2001, acknowledgment: 1019, payload: 'HTTP/1.1 204 No Content\r\n\r\n' }),
      up({ ...close, sequence: 1019, acknowledgment: 2028 }),
      down({ ...close, sequence: 2028, acknowledgment: 1020 }),
      up({ flags: TCP_FLAG.ack, sequence: 1020, acknowledgment: 2029 }),
    ].map((bytes) => ({ bytes })),
  );
  const eventsOf = (events: readonly string[]) => {
    const defaults: object = exampleConfig(pcap);
    const decode = pcap.decoder({ ...defaults, events } as never, testContext(pcap));
    return [
      ...decode({ time: [1_700_000_000, 0], name: 'a.pcap', bytes: capture }),
      ...decode({ time: [1_700_000_000, 0], name: CAPTURE_END, bytes: new Uint8Array(0) }),
    ].filter((batch) => batch.kind === 'events');
  };
  const all = eventsOf(PCAP_EVENTS.map(({ name }) => name));
  assert.deepEqual(
    all.map(({ name }) => name),
    ['http.exchange', 'tcp.connection'],
  );
  assert.deepEqual(eventsOf(['http.exchange', 'tcp.exchange']), all.slice(0, 1));
});
