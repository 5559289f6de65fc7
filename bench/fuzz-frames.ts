import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VirtualTimeScheduler } from 'rxjs';
import type { Chunk, ComponentContext, Decode } from '../src/component.ts';
import { eventAt } from '../src/model/batch.ts';
import { registry } from '../src/registry.ts';
import { exampleConfig } from '../test/conformance/example-config.ts';
import { type Random, randomNumbers } from '../test/random-numbers.ts';
import { ROOT } from '../test/root.ts';

/** loader/frame.h: magic, version, type, length of the payload, records in it. */
const HEADER_BYTES = 16;
const TYPES = 40;
const FRAMES_PER_CHUNK = 8;
const LONGEST_PAYLOAD_BYTES = 512;

const TEXTS = [
  '{"loader_version":"0","probes":[{"part":"a","state":"live","attach":"cgroup","covers":"all"},{"part":"b","state":"failed","code":"lockdown","detail":"no"}]}',
  '{"programs":[{"name":"p","part":"a","run_count":5,"run_time_ns":700,"recursion_misses":0}]}',
];

export interface FuzzResult {
  readonly frames: number;
  readonly bytes: number;
  /** What came out of it, and what the decoders counted instead. */
  readonly batches: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly longestMillis: number;
}

/** Real frames to begin with: those that the loader's code wrote, and its two kinds that are texts. */
function seedFrames(): Uint8Array[] {
  const folder = join(ROOT, 'test/golden/frames');
  const golden = readdirSync(folder).filter((name) => name.endsWith('.bin'));
  const frames = golden.map((name) => Uint8Array.from(readFileSync(join(folder, name))));
  const [sample] = frames;
  TEXTS.forEach((text, index) => {
    const payload = Buffer.from(text);
    const frame = new Uint8Array(HEADER_BYTES + payload.length);
    frame.set(sample.subarray(0, HEADER_BYTES));
    frame.set(payload, HEADER_BYTES);
    writeHeader(frame, index === 0 ? 1 : 5, payload.length, 1);
    frames.push(frame);
  });
  return frames;
}

function writeHeader(frame: Uint8Array, type: number, length: number, count: number): void {
  const view = new DataView(frame.buffer, frame.byteOffset);
  view.setUint16(6, type, true);
  view.setUint32(8, length, true);
  view.setUint32(12, count, true);
}

function scramble(bytes: Uint8Array, from: number, changes: number, random: Random): void {
  for (let change = 0; change < changes && from < bytes.length; change += 1)
    bytes[from + random(bytes.length - from)] = random(256);
}

/** A real frame with damaged fields, with other records, of another type or count, or one made of noise alone. */
function damagedFrame(seeds: readonly Uint8Array[], random: Random): Uint8Array {
  const seed = seeds[random(seeds.length)];
  const kind = random(8);
  if (kind === 0) {
    const noise = new Uint8Array(HEADER_BYTES + random(LONGEST_PAYLOAD_BYTES));
    noise.set(seed.subarray(0, HEADER_BYTES));
    writeHeader(noise, random(TYPES), noise.length - HEADER_BYTES, random(6));
    scramble(noise, HEADER_BYTES, noise.length, random);
    return noise;
  }
  const frame = Uint8Array.from(seed);
  if (kind === 1) scramble(frame, HEADER_BYTES, frame.length - HEADER_BYTES, random);
  if (kind > 1) scramble(frame, HEADER_BYTES, 1 + random(32), random);
  if (kind === 2) new DataView(frame.buffer).setUint16(6, random(TYPES), true);
  if (kind === 3) new DataView(frame.buffer).setUint32(12, random(10), true);
  return frame;
}

/** Some frames back to back. The last of every other chunk has a damaged header as well, or stops halfway. */
function damagedStream(seeds: readonly Uint8Array[], frames: number, random: Random): Uint8Array {
  const pieces = Array.from({ length: frames }, () => damagedFrame(seeds, random));
  const last = pieces[frames - 1];
  const how = random(4);
  if (how === 0) scramble(last.subarray(0, HEADER_BYTES), 0, 1 + random(4), random);
  if (how === 1) pieces[frames - 1] = last.subarray(0, random(last.length));
  return Buffer.concat(pieces);
}

/** A decoder, and those of the seed frames that are meant for it. */
interface Target {
  readonly decode: Decode;
  readonly own: readonly Uint8Array[];
}

/** One for each source that reads frames, as a pipeline would have it. */
function targets(seeds: readonly Uint8Array[], dropped: Record<string, number>): Target[] {
  return registry.sources
    .filter(({ id }) => id.startsWith('ebpf_') || id === 'sockets' || id === 'nic')
    .map((source) => {
      const decode = source.decoder(exampleConfig(source), countingContext(source.id, dropped));
      const own = seeds.filter((frame) => {
        const before = dropped.unknown_frame_type ?? 0;
        for (const chunk of chunksOf(frame, () => 0)) decode(chunk);
        return (dropped.unknown_frame_type ?? 0) === before;
      });
      return { decode, own };
    });
}

/** Counts and says nothing: millions of lines would be no use. */
export function countingContext(id: string, dropped: Record<string, number>): ComponentContext {
  const say = () => {};
  return {
    id,
    resource: { attributes: {} },
    scope: { name: 'fuzz', version: '0' },
    log: { info: say, warn: say, error: say },
    scheduler: new VirtualTimeScheduler(),
    counters: {
      dropped: (reason, records) => {
        dropped[reason] = (dropped[reason] ?? 0) + records;
      },
      created: say,
      absorbed: say,
    },
    report: say,
  };
}

/** The stream cut into chunks anywhere, behind the chunk that begins a loader's life. */
function chunksOf(stream: Uint8Array, random: Random): Chunk[] {
  const cut = random(stream.length + 1);
  const time = [1_795_237_200, 5] as const;
  const chunk = (name: string, bytes: Uint8Array): Chunk => ({ time, name, bytes });
  return [
    chunk('loader-start', new Uint8Array(0)),
    chunk('frames', stream.subarray(0, cut)),
    chunk('frames', stream.subarray(cut)),
  ];
}

/** Feeds each decoder with damaged frames, `frames` in all. Whatever a decoder throws comes out. */
export function fuzzFrames(frames: number, seed: number): FuzzResult {
  const random = randomNumbers(seed);
  const seeds = seedFrames();
  const dropped: Record<string, number> = {};
  const all = targets(seeds, dropped);
  const result = { frames: 0, bytes: 0, batches: 0, longestMillis: 0 };
  while (result.frames < frames) {
    const count = Math.min(1 + random(FRAMES_PER_CHUNK), frames - result.frames);
    const { decode, own } = all[random(all.length)];
    const stream = damagedStream(random(8) === 0 ? seeds : own, count, random);
    const start = performance.now();
    for (const chunk of chunksOf(stream, random)) {
      for (const batch of decode(chunk)) {
        result.batches += 1;
        if (batch.kind === 'events' && batch.length > 0) eventAt(batch, random(batch.length));
      }
    }
    result.longestMillis = Math.max(result.longestMillis, performance.now() - start);
    result.frames += count;
    result.bytes += stream.length;
  }
  return { ...result, dropped };
}
