import {
  finalize,
  firstValueFrom,
  ReplaySubject,
  type SchedulerLike,
  Subject,
  type Subscription,
  takeUntil,
  timer,
} from 'rxjs';
import type { ComponentContext, SinkInstance } from '../component.ts';
import type { ConfiguredSink, PipelineConfig } from '../config/model.ts';
import type { LogWriter } from '../lib/logger.ts';
import type { Resource } from '../model/attributes.ts';
import type { ComponentKind, PartStatus, TelemetrySnapshot } from '../model/telemetry.ts';
import { buildGraph, type Graph, type GraphHost } from './graph.ts';
import { hostResource, VERSION } from './resource.ts';
import { StatusLog } from './status-log.ts';
import { type ComponentCounter, Telemetry } from './telemetry.ts';

export interface AgentOptions {
  readonly config: PipelineConfig;
  readonly log: LogWriter;
  readonly scheduler: SchedulerLike;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Stands in for a sink's own `create`, so that dry-run can look without sending. */
  readonly createSink?: (sink: ConfiguredSink, context: ComponentContext) => SinkInstance;
}

/** Why an agent has nothing more to do: the sources ran out, none of them works, nobody reads the output, or it failed. */
export type Ending = 'completed' | 'no_source_works' | 'output_unread' | 'output_failed';

/** The part of the shutdown limit that is kept for sinks to say what became of what they had in hand. */
const LAST_WORDS = 0.1;

/** One checked config, running. `start`, then `stop` once; `ended` settles when it would run out by itself. */
export class Agent {
  readonly ended: Promise<Ending>;
  readonly #options: AgentOptions;
  readonly #telemetry = new Telemetry();
  readonly #statusLog: StatusLog;
  readonly #resource: Resource;
  readonly #graph: Graph;
  readonly #stop$ = new ReplaySubject<void>(1);
  readonly #shutDownComplete$ = new Subject<void>();
  readonly #end: (ending: Ending) => void;
  readonly #sourceRuns: { readonly ended: Promise<void>; readonly subscription: Subscription }[] = [];
  readonly #failedSources = new Set<string>();
  #stopOwnTelemetry = async () => {};
  #stopped: Promise<void> | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#statusLog = new StatusLog(options.log);
    this.#resource = hostResource(options.environment, options.config.agent.resource);
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#end = resolve;
    this.#graph = buildGraph(options.config, this.#host());
  }

  telemetry(): TelemetrySnapshot {
    return this.#telemetry.snapshot();
  }

  /** Sinks first and sources last, so that the first record finds everything in place. Throws when a sink cannot start. */
  async start(): Promise<void> {
    await Promise.all(this.#graph.sinks.map((sink) => sink.start()));
    await this.#startOwnTelemetry();
    this.#graph.connect();
    for (const source of this.#graph.sources) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const subscription = source.run().pipe(finalize(resolve)).subscribe();
      this.#sourceRuns.push({ ended: promise, subscription });
    }
    void Promise.all(this.#sourceRuns.map((run) => run.ended)).then(() => {
      this.#end(this.#failedSources.size === this.#sourceRuns.length ? 'no_source_works' : 'completed');
    });
  }

  /** The other way round, each with what the one before it still had to say; within the shutdown limit. */
  stop(): Promise<void> {
    this.#stopped ??= this.#shutDown();
    return this.#stopped;
  }

  async #shutDown(): Promise<void> {
    const limit = this.#options.config.agent.shutdownTimeoutMillis;
    const deadline = this.#after(limit * (1 - LAST_WORDS));
    const end = this.#after(limit);
    this.#stop$.next();
    // Half of the time for the sources, so that slow ones leave the sinks enough to deliver.
    const sourcesEnded = Promise.all(this.#sourceRuns.map((run) => run.ended));
    await Promise.race([sourcesEnded, this.#after(limit / 2)]);
    for (const { subscription } of this.#sourceRuns) subscription.unsubscribe();
    for (const source of this.#graph.sources) source.batches$.complete();
    await Promise.all(this.#graph.sinks.map((sink) => sink.stop(deadline, end)));
    // Last, because only now is it known what became of every record.
    await Promise.race([this.#stopOwnTelemetry(), end]);
    this.#shutDownComplete$.next();
  }

  async #startOwnTelemetry(): Promise<void> {
    const { config, log } = this.#options;
    if (config.agent.telemetry === undefined) return;
    const { startOwnTelemetry } = await import('./own-telemetry.ts');
    this.#stopOwnTelemetry = startOwnTelemetry({
      config: config.agent.telemetry,
      resource: this.#resource,
      log: log.named('agent'),
      snapshot: () => this.telemetry(),
    });
  }

  /** Settles after the time, or when the agent has stopped, so that no timer outlives it. */
  async #after(millis: number): Promise<void> {
    const elapsed$ = timer(millis, this.#options.scheduler).pipe(takeUntil(this.#shutDownComplete$));
    await firstValueFrom(elapsed$, { defaultValue: 0 });
  }

  #host(): GraphHost {
    return {
      counter: (kind, id, pipeline) => this.#telemetry.counter(kind, id, pipeline),
      context: (kind, id, type, counter) => this.#context(kind, id, type, counter),
      stop$: this.#stop$,
      telemetry: () => this.telemetry(),
      createSink: (sink, context) =>
        this.#options.createSink?.(sink, context) ?? sink.component.create(sink.config as never, context),
      sourceFailed: (id, message) => this.#sourceFailed(id, message),
      outputLost: ({ isUnread }) => this.#end(isUnread ? 'output_unread' : 'output_failed'),
    };
  }

  #context(kind: ComponentKind, id: string, type: string, counter: ComponentCounter): ComponentContext {
    return {
      id,
      resource: this.#resource,
      scope: { name: `lagpipe/${type}`, version: VERSION },
      log: this.#options.log.named(id),
      scheduler: this.#options.scheduler,
      counters: counter,
      report: (status) => this.#report(kind, id, status),
    };
  }

  #report(kind: ComponentKind, id: string, status: PartStatus): void {
    if (this.#telemetry.report(kind, id, status)) this.#statusLog.add(id, status);
  }

  #sourceFailed(id: string, message: string): void {
    this.#failedSources.add(id);
    const reported = this.#telemetry.hasFailed('source', id);
    if (!reported) this.#report('source', id, { part: '', state: 'failed', detail: message });
  }
}
