import {
  combineLatest,
  defer,
  distinctUntilChanged,
  map,
  merge,
  type Observable,
  of,
  type Subscription,
} from 'rxjs';
import type { ComponentContext, OutputLost, SinkInstance, SourceContext } from '../component.ts';
import type { ConfiguredSink, PipelineConfig } from '../config/model.ts';
import type { Batch } from '../model/batch.ts';
import type { ComponentKind } from '../model/telemetry.ts';
import { attributesRead } from './attributes-read.ts';
import { processorStage } from './processor-stage.ts';
import { SinkRunner } from './sink-runner.ts';
import { SourceStage } from './source-stage.ts';
import type { ComponentCounter } from './telemetry.ts';

/** What the graph needs of the agent that it is built for. */
export interface GraphHost {
  counter(kind: ComponentKind, id: string, pipeline?: string): ComponentCounter;
  context(kind: ComponentKind, id: string, type: string, counter: ComponentCounter): ComponentContext;
  readonly stop$: Observable<void>;
  telemetry: SourceContext['telemetry'];
  createSink(sink: ConfiguredSink, context: ComponentContext): SinkInstance;
  sourceFailed(id: string, message: string): void;
  outputLost(lost: OutputLost): void;
}

export interface Graph {
  readonly sources: readonly SourceStage[];
  readonly sinks: readonly SinkRunner[];
  /** Subscribes the processors of every pipeline; they run until their sources complete. */
  connect(): readonly Subscription[];
}

/**
 * Wires one checked config: each source once for all pipelines, processors once per pipeline, each sink once
 * behind its own queue. Nothing runs yet.
 */
export function buildGraph(config: PipelineConfig, host: GraphHost): Graph {
  const sinks = new Map([...config.sinks].map(([id, sink]) => [id, sinkRunner(sink, host)]));
  const sources = new Map(
    [...config.sources.keys()].map((id) => [
      id,
      sourceStage(config, id, pausedBy(sinksOf(config, id, sinks)), host),
    ]),
  );
  return {
    sources: [...sources.values()],
    sinks: [...sinks.values()],
    connect: () =>
      [...config.pipelines.keys()].map((name) => connectPipeline(config, name, sources, sinks, host)),
  };
}

function sinkRunner(configured: ConfiguredSink, host: GraphHost): SinkRunner {
  const counter = host.counter('sink', configured.id);
  const context = host.context('sink', configured.id, configured.component.id, counter);
  return new SinkRunner({
    sink: host.createSink(configured, context),
    queue: configured.queue,
    counter,
    log: context.log,
    onOutputLost: (lost) => host.outputLost(lost),
  });
}

function sourceStage(
  config: PipelineConfig,
  id: string,
  paused$: Observable<boolean>,
  host: GraphHost,
): SourceStage {
  const configured = config.sources.get(id)!;
  const counter = host.counter('source', id);
  const context: SourceContext = {
    ...host.context('source', id, configured.component.id, counter),
    stop$: host.stop$,
    paused$,
    telemetry: host.telemetry,
    attributesRead: attributesRead(config, id),
  };
  // The only calls of a component's erased functions: the config was validated by the component's own schema.
  return new SourceStage({
    chunks: defer(() => configured.component.acquire(configured.config as never, context)),
    decode: configured.component.decoder(configured.config as never, context),
    counter,
    log: context.log,
    onFailed: (message) => host.sourceFailed(id, message),
  });
}

function connectPipeline(
  config: PipelineConfig,
  name: string,
  sources: ReadonlyMap<string, SourceStage>,
  sinks: ReadonlyMap<string, SinkRunner>,
  host: GraphHost,
): Subscription {
  const pipeline = config.pipelines.get(name)!;
  let batches$: Observable<Batch> = merge(...pipeline.sources.map((id) => sources.get(id)!.batches$));
  for (const id of pipeline.processors) {
    const { component, config: processorConfig } = config.processors.get(id)!;
    const counter = host.counter('processor', id, name);
    const context = host.context('processor', id, component.id, counter);
    const create = () => component.create(processorConfig as never, context);
    batches$ = batches$.pipe(processorStage(create, counter, context.log));
  }
  const targets = pipeline.sinks.map((id) => sinks.get(id)!);
  return batches$.subscribe((batch) => {
    for (const sink of targets) sink.push(batch);
  });
}

/** The sinks that a source's records can reach: those that make it wait when they are full. */
function sinksOf(
  config: PipelineConfig,
  source: string,
  sinks: ReadonlyMap<string, SinkRunner>,
): SinkRunner[] {
  const reached = [...config.pipelines.values()].filter((pipeline) => pipeline.sources.includes(source));
  return [...new Set(reached.flatMap((pipeline) => pipeline.sinks))].map((id) => sinks.get(id)!);
}

function pausedBy(sinks: readonly SinkRunner[]): Observable<boolean> {
  if (sinks.length === 0) return of(false);
  return combineLatest(sinks.map((sink) => sink.paused$)).pipe(
    map((paused) => paused.includes(true)),
    distinctUntilChanged(),
  );
}
