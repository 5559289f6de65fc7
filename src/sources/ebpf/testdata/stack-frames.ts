import assert from 'node:assert/strict';
import type { Chunk, Decode } from '../../../component.ts';
import { CHUNK } from '../../../loader/decode-frames.ts';
import { FRAME_TYPE } from '../../../loader/frame-header.ts';
import { frameBytes, jsonFrame } from '../../../loader/testdata/frames.ts';
import type { MetricBatch } from '../../../model/batch.ts';
import { type StackRecord, stackRecord } from './records.ts';

/** What a loader of the program `stack_latency` sends, and how a test takes it. */
export const START: Chunk = { time: [1_795_237_190, 0], name: CHUNK.start, bytes: new Uint8Array(0) };

export function frames(...bytes: Uint8Array[]): Chunk {
  return { time: [1_795_237_200, 5], name: CHUNK.frames, bytes: Buffer.concat(bytes) };
}

export function hello(...live: string[]): Uint8Array {
  const probes = live.map((part) => ({ part, state: 'live', attach: 'netfilter', covers: 'IPv4' }));
  return jsonFrame(FRAME_TYPE.hello, {
    loader_version: '1',
    kernel: '6.18',
    program: 'stack_latency',
    probes,
  });
}

export function records(...list: StackRecord[]): Uint8Array {
  return frameBytes(FRAME_TYPE.stackLatency, list.length, Buffer.concat(list.map(stackRecord)));
}

export function decodeOne(decode: Decode, chunk: Chunk): MetricBatch {
  const batches = decode(chunk);
  assert.equal(batches.length, 1);
  assert.equal(batches[0].kind, 'metrics');
  return batches[0] as MetricBatch;
}
