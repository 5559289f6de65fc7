import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { packageRoot } from '../../../lib/package-root.ts';
import { CHUNK } from '../../../loader/decode-frames.ts';
import { FRAME_TYPE } from '../../../loader/frame-header.ts';
import { frameBytes } from '../../../loader/testdata/frames.ts';
import { recordingContext } from '../../../loader/testdata/harness.ts';
import { ethernet, ipv4, pcapFile, tcp } from '../testdata/packets.ts';
import { CaptureReader } from './capture-reader.ts';
import { CAPTURE_END } from './chunk-names.ts';
import { chunkReader } from './live-reader.ts';

const GOLDEN = join(packageRoot('lagpipe', import.meta.url) ?? '', 'test/golden/frames/capture_stats');
const NOTHING = new Uint8Array(0);

/** What a loader sends of a life in which it captured these payloads, in frames that begin anywhere. */
function lifeOf(payloads: readonly string[], frameLength = 50): Uint8Array {
  const file = pcapFile(payloads.map((payload) => ({ bytes: ethernet(ipv4(tcp({ payload }))) })));
  const frames: Uint8Array[] = [];
  for (let at = 0; at < file.length; at += frameLength) {
    frames.push(frameBytes(FRAME_TYPE.capture, 0, file.subarray(at, at + frameLength)));
  }
  return Buffer.concat(frames);
}

function live() {
  const payloads: string[] = [];
  const problems: string[] = [];
  const reader = new CaptureReader(
    { tunnels: [], vxlan_ports: [] },
    ({ bytes, payloadStart, payloadCaptured }) =>
      payloads.push(Buffer.from(bytes.subarray(payloadStart, payloadStart + payloadCaptured)).toString()),
    (file, problem) => problems.push(`${file}: ${problem}`),
  );
  const harness = recordingContext();
  const read = chunkReader('lo', reader, harness.context);
  const push = (name: string, bytes: Uint8Array) => read({ time: [1, 2], name, bytes });
  return { payloads, problems, push, reader, ...harness };
}

describe('a live capture', () => {
  it('is read out of frames that are cut anywhere', () => {
    const frames = lifeOf(['one', 'two', 'three'], 37);
    fc.assert(
      fc.property(fc.array(fc.nat(frames.length), { maxLength: 20 }), (cuts) => {
        const { payloads, problems, push } = live();
        push(CHUNK.start, NOTHING);
        const at = [0, ...cuts.sort((a, b) => a - b), frames.length];
        for (const [index, end] of at.slice(1).entries()) push(CHUNK.frames, frames.subarray(at[index], end));
        push(CAPTURE_END, NOTHING);
        assert.deepEqual(payloads, ['one', 'two', 'three']);
        assert.deepEqual(problems, []);
      }),
    );
  });

  it('goes on with a new file when the loader has to be started again', () => {
    const { payloads, problems, push, dropped } = live();
    push(CHUNK.start, NOTHING);
    push(CHUNK.frames, lifeOf(['one', 'two']).subarray(0, -30));
    push(CHUNK.start, NOTHING);
    push(CHUNK.frames, lifeOf(['three']));
    assert.deepEqual(payloads, ['one', 'three']);
    assert.equal(problems.length, 1);
    assert.deepEqual(dropped, {});
  });

  it('counts what the loader says was lost', () => {
    const { push, reader } = live();
    const { records } = JSON.parse(readFileSync(`${GOLDEN}.json`, 'utf8'));
    push(CHUNK.start, NOTHING);
    push(CHUNK.frames, readFileSync(`${GOLDEN}.bin`));
    let expected = 0;
    for (const record of records) expected += record.dropped_by_kernel + record.dropped_by_interface;
    assert.equal(reader.counts.captureDropped, expected);
  });

  it('counts frames that are none of its own, and records of the wrong size', () => {
    const { push, dropped } = live();
    push(CHUNK.start, NOTHING);
    push(CHUNK.frames, frameBytes(FRAME_TYPE.tcpConnect, 3, new Uint8Array(3)));
    push(CHUNK.frames, frameBytes(FRAME_TYPE.captureStats, 2, new Uint8Array(63)));
    assert.deepEqual(dropped, { unknown_frame_type: 3, bad_record: 1 });
  });
});

it('files are read as they are', () => {
  const payloads: number[] = [];
  const reader = new CaptureReader(
    { tunnels: [], vxlan_ports: [] },
    ({ payloadLength }) => payloads.push(payloadLength),
    assert.fail,
  );
  const read = chunkReader(undefined, reader, recordingContext().context);
  const bytes = pcapFile([{ bytes: ethernet(ipv4(tcp({ payload: 'abc' }))) }]);
  read({ time: [1, 2], name: 'a.pcap', bytes });
  read({ time: [1, 2], name: CAPTURE_END, bytes: NOTHING });
  assert.deepEqual(payloads, [3]);
});
