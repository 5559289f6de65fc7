import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Subject, VirtualTimeScheduler } from 'rxjs';
import type { Chunk, Processor, Source } from '../../src/component.ts';
import { CHUNK } from '../../src/loader/decode-frames.ts';
import { FRAME_TYPE } from '../../src/loader/frame-header.ts';
import { parseHello, statusesOf } from '../../src/loader/hello.ts';
import { jsonFrame } from '../../src/loader/testdata/frames.ts';
import type { Batch } from '../../src/model/batch.ts';
import { PART } from '../../src/model/part-attributes.ts';
import type { TelemetrySnapshot } from '../../src/model/telemetry.ts';
import { counter, gauge, type Says } from '../../src/processors/diagnose/testdata/host.ts';
import { acquireFiles } from '../../src/sources/nic/acquire-files.ts';
import { HostFiles } from '../../src/sources/nic/testdata/host-files.ts';
import { captured, filesOfHost, HOSTS } from '../../src/sources/proc/testdata/captured-files.ts';
import { type Answer, chunkNames, writeAnswer } from '../../src/sources/scrape/answer.ts';
import type { SelfReading } from '../../src/sources/self/reading.ts';
import { ROOT } from '../root.ts';
import { testContext } from './context.ts';
import { exampleConfig } from './example-config.ts';
import { protocolCapture } from './protocol-captures.ts';
import { sampleBatches } from './sample-batches.ts';

type Config = Readonly<Record<string, unknown>>;

/** A source's recorded input, and what the pipeline file says besides its example. */
interface Recording {
  readonly config?: Config;
  readonly attributesRead?: ReadonlySet<string>;
  readonly chunks: readonly Chunk[];
}

const TIME = [1_700_000_000, 0] as const;
const LATER = [1_700_000_010, 0] as const;
const FRAMES = join(ROOT, 'test/golden/frames');
const FIXTURES = join(ROOT, 'test/fixtures');

/** All that a source makes of what was recorded for its own tests, so that between them every branch is met. */
export async function recordedBatches(source: Source): Promise<readonly Batch[]> {
  const recordings = RECORDINGS[source.id];
  assert.ok(recordings, `recordings.ts has nothing of ${source.id}: a source comes with recorded bytes`);
  return (await recordings(source)).flatMap(({ config, attributesRead, chunks }) => {
    const context = { ...testContext(source), attributesRead };
    const decode = source.decoder({ ...defaultsOf(source), ...config } as never, context);
    return chunks.flatMap((chunk) => decode(chunk));
  });
}

const RECORDINGS: Readonly<
  Record<string, (source: Source) => readonly Recording[] | Promise<readonly Recording[]>>
> = {
  ebpf_stack_latency: () => [
    { chunks: probeFrames('stack_latency') },
    {
      config: { group_by: ['interface', 'cgroup', 'netns', 'local_port'] },
      chunks: probeFrames('stack_group'),
    },
  ],
  ebpf_tcp_connect: () => [{ chunks: probeFrames('tcp_connect', 'tcp_connect_stats') }],
  ebpf_tcp_events: () => [
    {
      config: { events: ['retransmit', 'reset', 'drop'] },
      chunks: probeFrames('tcp_event', 'tcp_counter', 'tcp_events_stats'),
    },
  ],
  ebpf_tcp_life: () => [{ chunks: probeFrames('tcp_life', 'tcp_life_stats', 'tcp_life_durations') }],
  sockets: () => [
    {
      chunks: framesOf(
        'socket_listener',
        'socket_tick',
        'socket_group',
        'socket_peer',
        'socket_times',
        'socket_totals',
        'socket_census',
      ),
    },
  ],
  nic: (source) => [
    { chunks: framesOf('nic_interface', 'nic_statistic', 'nic_tick') },
    { config: { interfaces: [] }, chunks: nicFiles(source) },
  ],
  proc: () => HOSTS.map((host) => ({ config: { fields: 'all' }, chunks: procFiles(host) })),
  pcap: (source) => pcapFiles(source),
  linkerd: () => [{ chunks: scraped('127.0.0.1:9990', 'linkerd/metrics-tree.json', 'application/json') }],
  prometheus: () => [
    {
      config: { targets: ['127.0.0.1:9100'], metrics: { keep: [], drop: [], rename: {} } },
      chunks: scraped('127.0.0.1:9100', 'prometheus/node_exporter.txt', 'text/plain; version=0.0.4'),
    },
  ],
  self: () => [{ chunks: [{ time: LATER, name: 'telemetry', bytes: selfReading() }] }],
};

/** Golden frames of a probe, and with them what it cost. */
function probeFrames(...names: readonly string[]): readonly Chunk[] {
  const program = { name: 'p', part: 'x', run_count: 3, run_time_ns: 500, recursion_misses: 1 };
  const bytes = jsonFrame(FRAME_TYPE.runStats, { programs: [program] });
  return [...framesOf(...names), { time: LATER, name: CHUNK.frames, bytes }];
}

/** Golden frames that the loader wrote, behind a start. */
function framesOf(...names: readonly string[]): readonly Chunk[] {
  return [
    { time: TIME, name: CHUNK.start, bytes: new Uint8Array(0) },
    ...names.map((name) => ({
      time: LATER,
      name: CHUNK.frames,
      bytes: readFileSync(join(FRAMES, `${name}.bin`)),
    })),
  ];
}

function procFiles(host: string): readonly Chunk[] {
  return (['t0', 't1'] as const).flatMap((tick) =>
    filesOfHost(host).map((name) => ({
      time: tick === 't0' ? TIME : LATER,
      name,
      bytes: Buffer.from(captured(tick, name, host)),
    })),
  );
}

/** Of a made-up card with two queues, looked at twice. */
function nicFiles(source: Source): readonly Chunk[] {
  const host = new HostFiles();
  try {
    const scheduler = new VirtualTimeScheduler(undefined, 15_000);
    host.online('0-1');
    host.cpuSeconds([
      [1, 9],
      [2, 8],
    ]);
    host.card({
      name: 'eth0',
      ifindex: 2,
      driver: 'ixgbe',
      irqs: [
        { irq: 100, cpus: '0' },
        { irq: 101, cpus: '1' },
      ],
      rps: ['01', '02'],
      xps: ['01', '02'],
      speed: 10_000,
      statistics: { rx_dropped: 7 },
    });
    const interrupts = (count: number) =>
      host.interrupts(
        [0, 1],
        [
          [100, [count, 0], 'eth0-TxRx-0'],
          [101, [0, count], 'eth0-TxRx-1'],
        ],
      );
    interrupts(10);
    scheduler.schedule(() => interrupts(90_010), 5000);
    const chunks: Chunk[] = [];
    const context = testContext(source, { scheduler });
    const subscription = acquireFiles(host.roots, 10_000, [], context).subscribe((chunk) =>
      chunks.push(chunk),
    );
    scheduler.flush();
    subscription.unsubscribe();
    return chunks;
  } finally {
    host.remove();
  }
}

/** Each capture twice: as a pipeline reads it that reads everything, and with what is made only when it is named. */
async function pcapFiles(source: Source): Promise<readonly Recording[]> {
  const named = new Set(source.emits.events.flatMap(({ attributes }) => attributes.map(({ name }) => name)));
  const folder = join(FIXTURES, 'pcap');
  const captures = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .map((name) => readFileSync(join(folder, name)));
  return [...captures, await protocolCapture()].flatMap((bytes) => {
    const chunks = ['file.pcap', ''].flatMap((name): Chunk[] => [
      ...(name === '' ? [] : [{ time: TIME, name, bytes }]),
      { time: TIME, name, bytes: new Uint8Array(0) },
    ]);
    return [{ chunks }, { chunks, attributesRead: named }];
  });
}

function scraped(endpoint: string, fixture: string, contentType: string): readonly Chunk[] {
  const answer: Answer = { outcome: 'ok', seconds: 0.01, contentType };
  const body = readFileSync(join(FIXTURES, fixture));
  return [TIME, LATER].flatMap((time) => [
    { time, name: chunkNames.answer(endpoint), bytes: writeAnswer(answer) },
    { time, name: chunkNames.body(endpoint), bytes: body },
  ]);
}

/** One part that is attached by the second way, one by none. */
const PROBES = [
  {
    part: 'ip-start',
    state: 'live',
    attach: 'netfilter',
    covers: 'IPv4',
    refused: { tracing: 'lockdown' },
    code: '',
    detail: '',
  },
  { part: 'tcp-start', state: 'failed', attach: '', covers: '', code: 'lockdown', detail: 'EPERM' },
];

function selfReading(): Uint8Array {
  const none = { in: 0, out: 0, created: 0, absorbed: 0, delivered: 0, queued: 0, rejected: {}, dropped: {} };
  const snapshot: TelemetrySnapshot = {
    counts: [
      { ...none, kind: 'source', id: 'proc', pipeline: '', out: 5 },
      { ...none, kind: 'processor', id: 'aggregate', pipeline: 'all', in: 5, absorbed: 5 },
      { ...none, kind: 'sink', id: 'otlp', pipeline: '', queued: 1, dropped: { queue_full: 2 } },
    ],
    statuses: [
      ...statusesOf(parseHello(Buffer.from(JSON.stringify({ probes: PROBES })))!, 1).map((status) => ({
        ...status,
        kind: 'source' as const,
        id: 'ebpf_stack_latency',
      })),
      {
        kind: 'processor',
        id: 'diagnose',
        part: 'rules',
        state: 'live',
        detail: 'judges 1 of 2 rules',
        attributes: { [PART.unjudged.name]: 'Q1' },
      },
    ],
  };
  const process = {
    startTime: TIME,
    userSeconds: 1,
    systemSeconds: 1,
    residentBytes: 1,
    loopActiveSeconds: 1,
    loopIdleSeconds: 1,
  };
  return Buffer.from(JSON.stringify({ startTime: TIME, ...snapshot, process } satisfies SelfReading));
}

/** What a processor adds of its own when all kinds of data, and those of a host in trouble, pass through it. */
export function processed(processor: Processor): readonly Batch[] {
  const scheduler = new VirtualTimeScheduler();
  const context = testContext(processor, { scheduler });
  const input = new Subject<Batch>();
  const given = new Set<Batch>();
  const output: Batch[] = [];
  const operator = processor.create(
    { ...defaultsOf(processor), raise_after: 0, clear_after: 0 } as never,
    context,
  );
  input.pipe(operator).subscribe((batch) => output.push(batch));
  for (let second = 0; second < 30; second++) {
    const batches = [...(second === 0 ? sampleBatches() : []), ...TROUBLE.flatMap((says) => says(second))];
    scheduler.schedule(() => {
      for (const batch of batches) {
        given.add(batch);
        input.next(batch);
      }
    }, second * 1000);
  }
  scheduler.schedule(() => input.complete(), 300_000);
  scheduler.maxFrames = 300_000;
  scheduler.flush();
  const known = new Set([...given].flatMap(namesIn));
  return output.flatMap((batch): Batch[] => {
    if (batch.kind === 'events') return known.has(batch.name) ? [] : [batch];
    return [{ ...batch, metrics: batch.metrics.filter(({ name }) => !known.has(name)) }];
  });
}

/** Full accept queues, of which most rules' kinds of evidence follow. */
const TROUBLE: readonly Says[] = [
  counter('lagpipe.netstat.tcp_ext.listen_overflows', 9),
  counter('lagpipe.netstat.tcp_ext.listen_drops', 9),
  gauge('lagpipe.socket.accept_queue.length', 129, { 'network.local.port': 80 }),
  gauge('lagpipe.socket.accept_queue.limit', 128, { 'network.local.port': 80 }),
];

function namesIn(batch: Batch): readonly string[] {
  return batch.kind === 'events' ? [batch.name] : batch.metrics.map(({ name }) => name);
}

function defaultsOf(component: Source | Processor): object {
  return exampleConfig(component);
}
