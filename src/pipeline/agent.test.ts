import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  asyncScheduler,
  concat,
  EMPTY,
  map,
  NEVER,
  type Observable,
  of,
  Subject,
  takeUntil,
  throwError,
} from 'rxjs';
import {
  type Chunk,
  defineProcessor,
  defineSink,
  defineSource,
  type Processor,
  type Sink,
  type Source,
  type SourceContext,
} from '../component.ts';
import type { ConfiguredSink, PipelineConfig } from '../config/model.ts';
import { LogWriter } from '../lib/logger.ts';
import { type Batch, eventBatchOf, recordsIn } from '../model/batch.ts';
import { Agent } from './agent.ts';

const BARE = {
  summary: '',
  description: '',
  emits: { metrics: [], events: [] },
  example: {},
  schema: { type: 'object', description: '', properties: {} },
} as const;

function chunk(text: string): Chunk {
  return { time: [0, 0], name: 'text', bytes: Buffer.from(text) };
}

/** A source whose chunks' letters become one event each. */
function letters(id: string, acquire: (context: SourceContext) => Observable<Chunk>): Source {
  return defineSource({
    ...BARE,
    id,
    acquire: (_, context) => acquire(context),
    decoder:
      (_, { resource, scope }) =>
      ({ bytes }) => {
        const text = Buffer.from(bytes).toString();
        if (text.includes('!')) throw new Error('not a letter');
        const events = [...text].map((letter) => ({ time: [0, 0] as const, attributes: { letter } }));
        return [eventBatchOf({ resource, scope, name: 'letter', severityNumber: 9 }, events)];
      },
  });
}

function collecting(
  id: string,
  journal: string[] = [],
): { readonly sink: Sink; readonly received: string[] } {
  const received: string[] = [];
  const sink = defineSink({
    ...BARE,
    id,
    create: () => ({
      start: async () => void journal.push(`${id} start`),
      write: (batch) => {
        received.push(textOf(batch));
        return { delivered: recordsIn(batch) };
      },
      flush: async () => void journal.push(`${id} flush`),
      stop: async () => void journal.push(`${id} stop`),
    }),
    preview: () => () => '',
  });
  return { sink, received };
}

function textOf(batch: Batch): string {
  const column = batch.kind === 'events' ? batch.columns.get('letter') : undefined;
  return column?.kind === 'text' ? [...column.codes].map((code) => column.dictionary[code]).join('') : '';
}

function agentOf(parts: {
  readonly sources: readonly Source[];
  readonly processors?: readonly Processor[];
  readonly sinks: readonly Sink[];
  readonly pipelines?: PipelineConfig['pipelines'];
  readonly queue?: ConfiguredSink['queue'];
}): { readonly agent: Agent; readonly lines: string[] } {
  const { sources, processors = [], sinks, queue = { size: 100, whenFull: 'block' } } = parts;
  const byId = <C extends { readonly id: string }>(components: readonly C[]) =>
    new Map(components.map((component) => [component.id, { id: component.id, component, config: {} }]));
  const all = {
    sources: sources.map(({ id }) => id),
    processors: processors.map(({ id }) => id),
    sinks: sinks.map(({ id }) => id),
  };
  const lines: string[] = [];
  const config: PipelineConfig = {
    path: 'test.yaml',
    agent: { shutdownTimeoutMillis: 2000, resource: { team: 'latency' } },
    sources: byId(sources),
    processors: byId(processors),
    sinks: new Map(
      sinks.map((component) => [component.id, { id: component.id, component, config: {}, queue }]),
    ),
    pipelines: parts.pipelines ?? new Map([['all', all]]),
  };
  const log = new LogWriter(
    (line) => lines.push(line),
    (text) => text,
    false,
  );
  return { agent: new Agent({ config, log, scheduler: asyncScheduler, environment: {} }), lines };
}

describe('Agent', () => {
  it('tells a source which attributes its pipelines read', async () => {
    let told: ReadonlySet<string> | undefined;
    const source = letters('letters', (context) => {
      told = context.attributesRead;
      return of(chunk('a'));
    });
    const { sink } = collecting('reader');
    const { agent } = agentOf({ sources: [source], sinks: [{ ...sink, reads: () => ['letter'] }] });
    await agent.start();
    await agent.ended;
    await agent.stop();
    assert.deepEqual(told, new Set(['letter']));
  });

  it('subscribes a source once for all pipelines that use it', async () => {
    let subscriptions = 0;
    const source = letters('letters', () => {
      subscriptions++;
      return of(chunk('ab'));
    });
    const first = collecting('first');
    const second = collecting('second');
    const { agent } = agentOf({
      sources: [source],
      sinks: [first.sink, second.sink],
      pipelines: new Map([
        ['one', { sources: ['letters'], processors: [], sinks: ['first'] }],
        ['two', { sources: ['letters'], processors: [], sinks: ['second', 'first'] }],
      ]),
    });
    await agent.start();
    assert.equal(await agent.ended, 'completed');
    await agent.stop();
    assert.equal(subscriptions, 1);
    assert.deepEqual(first.received, ['ab', 'ab']);
    assert.deepEqual(second.received, ['ab']);
  });

  it('starts sinks before sources, and stops sources before it flushes and stops sinks', async () => {
    const journal: string[] = [];
    const source = letters('letters', ({ stop$ }) => {
      journal.push('source start');
      return concat(NEVER.pipe(takeUntil(stop$)), of(chunk('z'))).pipe(
        map((last) => {
          journal.push('source stop');
          return last;
        }),
      );
    });
    const { sink, received } = collecting('sink', journal);
    const { agent } = agentOf({ sources: [source], sinks: [sink] });
    await agent.start();
    await agent.stop();
    assert.deepEqual(journal, ['sink start', 'source start', 'source stop', 'sink flush', 'sink stop']);
    assert.deepEqual(received, ['z'], 'what a source still had to say arrives');
  });

  it('goes on when one of its sources fails', async () => {
    const broken = letters('broken', () => throwError(() => new Error('no such device')));
    const working = letters('working', () => of(chunk('a'), chunk('b')));
    const { sink, received } = collecting('sink');
    const { agent, lines } = agentOf({ sources: [broken, working], sinks: [sink] });
    await agent.start();
    assert.equal(await agent.ended, 'completed');
    await agent.stop();
    assert.deepEqual(received, ['a', 'b']);
    assert.deepEqual(lines, ['error broken: no such device\n']);
  });

  it('says when none of its sources works', async () => {
    const { sink } = collecting('sink');
    const broken = letters('broken', () => throwError(() => new Error('no')));
    const { agent } = agentOf({ sources: [broken], sinks: [sink] });
    await agent.start();
    assert.equal(await agent.ended, 'no_source_works');
    await agent.stop();
  });

  it('loses a chunk that cannot be decoded, counts it and goes on', async () => {
    const source = letters('letters', () => of(chunk('a'), chunk('!'), chunk('!'), chunk('b')));
    const { sink, received } = collecting('sink');
    const { agent, lines } = agentOf({ sources: [source], sinks: [sink] });
    await agent.start();
    await agent.ended;
    await agent.stop();
    assert.deepEqual(received, ['a', 'b']);
    assert.deepEqual(lines, ['error letters: cannot decode text: not a letter\n']);
    const counts = agent.telemetry().counts.find(({ kind }) => kind === 'source');
    assert.equal(counts?.out, 2);
    assert.deepEqual(counts?.dropped, { decode_error: 2 });
  });

  it('asks a source to wait while a sink that blocks is full', async () => {
    const seen: boolean[] = [];
    const input = new Subject<Chunk>();
    const source = letters('letters', ({ paused$, stop$ }) => {
      paused$.pipe(takeUntil(stop$)).subscribe((paused) => seen.push(paused));
      return input.pipe(takeUntil(stop$));
    });
    const gate = Promise.withResolvers<void>();
    const slow = defineSink({
      ...BARE,
      id: 'slow',
      create: () => ({ write: (batch) => gate.promise.then(() => ({ delivered: recordsIn(batch) })) }),
      preview: () => () => '',
    });
    const { agent } = agentOf({ sources: [source], sinks: [slow], queue: { size: 2, whenFull: 'block' } });
    await agent.start();
    for (const text of ['a', 'b', 'c']) input.next(chunk(text));
    assert.deepEqual(seen, [false, true]);
    gate.resolve();
    await agent.stop();
    assert.deepEqual(seen, [false, true]);
    assert.equal(agent.telemetry().counts.find(({ kind }) => kind === 'sink')?.delivered, 3);
  });

  it('keeps the sums true along every edge', async () => {
    const source = letters('letters', () => of(chunk('abc'), chunk('de')));
    const half = defineProcessor({
      ...BARE,
      id: 'half',
      create: (_, { counters }) =>
        map((batch: Batch) => {
          if (recordsIn(batch) === 3) throw new Error('odd');
          counters.created(0);
          return batch;
        }),
    });
    const { sink } = collecting('sink');
    const { agent } = agentOf({ sources: [source], processors: [half], sinks: [sink] });
    await agent.start();
    await agent.ended;
    await agent.stop();
    const [sinkCounts, sourceCounts, processorCounts] = agent.telemetry().counts;
    assert.equal(sourceCounts.out, processorCounts.in);
    assert.equal(processorCounts.in, processorCounts.out + (processorCounts.dropped.processor_error ?? 0));
    assert.equal(processorCounts.out, sinkCounts.in);
    assert.equal(sinkCounts.in, sinkCounts.delivered);
  });

  it('stops within its limit although a source does not end', async () => {
    const stubborn = letters('stubborn', () => concat(of(chunk('a')), NEVER, EMPTY));
    const { sink, received } = collecting('sink');
    const { agent } = agentOf({ sources: [stubborn], sinks: [sink] });
    await agent.start();
    await agent.stop();
    assert.deepEqual(received, ['a']);
  });
});
