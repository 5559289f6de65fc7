import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Chunk, Decode } from '../src/component.ts';
import { eventAt } from '../src/model/batch.ts';
import { registry } from '../src/registry.ts';
import { captureOf } from '../src/sources/pcap/testdata/traffic/capture.ts';
import { http1Conversation, opaqueConversation } from '../src/sources/pcap/testdata/traffic/conversation.ts';
import {
  damagedFile,
  damagedRecords,
  later,
  type Records,
  splitRecords,
} from '../src/sources/pcap/testdata/traffic/damage.ts';
import { Wire } from '../src/sources/pcap/testdata/traffic/wire.ts';
import { exampleConfig } from '../test/conformance/example-config.ts';
import { type Random, randomNumbers } from '../test/random-numbers.ts';
import { ROOT } from '../test/root.ts';
import { countingContext } from './fuzz-frames.ts';

/** So many records make a capture at most: enough for connections to live, few enough for thousands of captures. */
const MOST_RECORDS = 3000;
/** So many files are one capture that was rotated: connections go on, ports come again, time jumps. */
const FILES_PER_CAPTURE = 8;
const SECONDS_BETWEEN_FILES = 100;
const CHUNK_BYTES = 65_536;

export interface CaptureFuzzResult {
  readonly files: number;
  readonly records: number;
  readonly bytes: number;
  readonly events: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly longestMillis: number;
  readonly mostResidentBytes: number;
}

/** Captures to begin with: those of the tests, those of a folder, and some made for the purpose. */
function seedFiles(folder: string | undefined, random: Random): Uint8Array[] {
  const folders = [join(ROOT, 'test/fixtures/pcap'), ...(folder === undefined ? [] : [folder])];
  const files = folders.flatMap((path) =>
    readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(pcap|pcapng|cap)$/.test(name))
      .map((name): Uint8Array => Uint8Array.from(readFileSync(join(path, name)))),
  );
  for (let made = 0; made < 5; made += 1) files.push(madeCapture(random));
  return files;
}

function madeCapture(random: Random): Uint8Array {
  const impairments = {
    smallestSegment: 1,
    largestSegment: 1448,
    reordered: 3,
    duplicated: 3,
    lostBefore: 3,
    lostBehind: 3,
    overlapped: 3,
    keepAlives: 3,
    wrapDistance: 50_000,
  };
  const flows = Array.from({ length: 20 }, (_, index) => {
    const conversation =
      index % 4 === 0 ? opaqueConversation(random) : http1Conversation(random, index % 2 === 0);
    const { segments } = new Wire(conversation, impairments, random, index * 1e8);
    const ipVersion: 4 | 6 = index % 3 === 0 ? 6 : 4;
    return { segments, ipVersion, clientPort: 40_000 + index, serverPort: 80 };
  });
  return captureOf(flows);
}

const TIME = [1_795_237_200, 5] as const;
const CAPTURE_END: Chunk = { time: TIME, name: '', bytes: new Uint8Array(0) };

/** Pieces of a file, cut anywhere, and its end. */
function* chunksOf(name: string, parts: readonly Uint8Array[], random: Random): Iterable<Chunk> {
  const bytes = Buffer.concat(parts);
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + random(CHUNK_BYTES));
    yield { time: TIME, name, bytes: bytes.subarray(at, end) };
    at = end;
  }
  yield { time: TIME, name, bytes: new Uint8Array(0) };
}

/** Feeds the pcap source with damaged captures of `records` records in all. Whatever it throws comes out. */
export function fuzzCaptures(records: number, seed: number, folder?: string): CaptureFuzzResult {
  const random = randomNumbers(seed);
  const source = registry.sources.find(({ id }) => id === 'pcap');
  if (source === undefined) throw new Error('there is no source pcap');
  const files = seedFiles(folder, random);
  const seeds = files.map((file) => ({ file, split: splitRecords(file) }));
  const dropped: Record<string, number> = {};
  const config = exampleConfig(source);
  const context = countingContext(source.id, dropped);
  let decode = source.decoder(config, context);
  const result = { files: 0, records: 0, bytes: 0, events: 0, longestMillis: 0, mostResidentBytes: 0 };
  while (result.records < records) {
    const seed = seeds[random(seeds.length)];
    const parts = damagedCapture(seed.file, seed.split, result.files % FILES_PER_CAPTURE, random);
    const start = performance.now();
    for (const chunk of chunksOf(`${result.files}.pcap`, parts, random))
      result.events += eventsIn(decode, chunk, random);
    result.files += 1;
    if (result.files % FILES_PER_CAPTURE === 0) {
      result.events += eventsIn(decode, CAPTURE_END, random);
      decode = source.decoder(config, context);
    }
    result.longestMillis = Math.max(result.longestMillis, performance.now() - start);
    result.records += Math.max(1, parts.length - 1);
    result.bytes += parts.reduce((sum, part) => sum + part.length, 0);
    result.mostResidentBytes = Math.max(result.mostResidentBytes, process.memoryUsage.rss());
  }
  return { ...result, dropped };
}

function damagedCapture(
  file: Uint8Array,
  split: Records | undefined,
  place: number,
  random: Random,
): Uint8Array[] {
  if (split === undefined || split.records.length === 0 || random(10) === 0)
    return [damagedFile(file, random)];
  // Connections that come a second time are over already.
  const most = Math.min(MOST_RECORDS, 2 * split.records.length);
  const records = damagedRecords(split, 1 + random(most), random);
  return [split.header, ...records.map((record) => later(record, place * SECONDS_BETWEEN_FILES))];
}

function eventsIn(decode: Decode, chunk: Chunk, random: Random): number {
  let events = 0;
  for (const batch of decode(chunk)) {
    if (batch.kind !== 'events' || batch.length === 0) continue;
    events += batch.length;
    eventAt(batch, random(batch.length));
  }
  return events;
}
