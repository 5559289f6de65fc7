import type { Observable, OperatorFunction, SchedulerLike } from 'rxjs';
import type { Resource, Scope } from './model/attributes.ts';
import type { Batch } from './model/batch.ts';
import type { Emits } from './model/emits.ts';
import type { HostWay, PartStatus, TelemetrySnapshot } from './model/telemetry.ts';
import type { UnixTime } from './model/time.ts';
import type { ConfigOf, ObjectSchema } from './schema.ts';

/** What every component says about itself; its reference page and its part of the JSON schema come from this. */
export interface ComponentSpec<S extends ObjectSchema> {
  /** The type that a pipeline file names, lower_snake_case. Sources and sinks are nouns, processors verbs. */
  readonly id: string;
  /** One sentence: which question it answers or what it does. */
  readonly summary: string;
  /** The rest of the reference page, in Markdown: semantics, units, limits, privileges. */
  readonly description: string;
  readonly schema: S;
  /** A config as a user writes it. A test runs it. */
  readonly example: Readonly<Record<string, unknown>>;
  /** Rules between fields, which a schema cannot state. Runs only when every field is valid by itself. */
  readonly check?: (config: ConfigOf<S>) => readonly ConfigProblem[];
}

export interface ConfigProblem {
  /** Where in this component's config: `['rotation', 'max_size']`; empty for the component as a whole. */
  readonly path: readonly (string | number)[];
  /** What is wrong, what is allowed and what to do, in one line. */
  readonly message: string;
}

/** What a component may use of the world around it. */
export interface ComponentContext {
  /** As written in the pipeline file: `proc` or `proc/slow`. */
  readonly id: string;
  readonly resource: Resource;
  readonly scope: Scope;
  readonly log: Logger;
  /** Every timer goes through this, so that a test can run it in virtual time. */
  readonly scheduler: SchedulerLike;
  readonly counters: Counters;
  /** Says how one part of the component fares; the newest report for a part counts. */
  report(status: PartStatus): void;
}

export interface Logger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** The records that a component itself takes away or adds; the engine counts the rest. */
export interface Counters {
  dropped(reason: string, records: number): void;
  /** A processor made records that did not come in. */
  created(records: number): void;
  /** A processor took records into a state or into other records, on purpose. */
  absorbed(records: number): void;
}

/** What the decoding half of a source may use. */
export interface DecodeContext extends ComponentContext {
  /**
   * The attributes of this source's events that its pipelines read: no other need be made. Absent when something in
   * them may read every attribute.
   */
  readonly attributesRead?: ReadonlySet<string> | undefined;
}

export interface SourceContext extends DecodeContext {
  /** Emits once when the agent stops: send what is left, then complete. */
  readonly stop$: Observable<void>;
  /** True while a sink that blocks is full. A source that can wait should; one that polls skips the tick. */
  readonly paused$: Observable<boolean>;
  /** What the agent knows about itself at this moment. */
  telemetry(): TelemetrySnapshot;
}

/**
 * Raw bytes as a source acquired them, with the time of acquisition. Everything right of this is pure, so a
 * recording of chunks replays exactly.
 */
export interface Chunk {
  readonly time: UnixTime;
  /** Which of the source's inputs: a file's path below its root, or a stream's name. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Chunks to batches, keeping what it needs between chunks (partial frames, previous counters). */
export type Decode = (chunk: Chunk) => readonly Batch[];

/**
 * A source in two halves. `acquire` does the I/O; it may fail (the observable's error), which ends this source
 * and no other. `decoder` is called once per subscription and never does I/O.
 */
export interface Source<S extends ObjectSchema = ObjectSchema> extends ComponentSpec<S> {
  readonly kind: 'source';
  /** All that it can send. A test holds what it really sends against this. */
  readonly emits: Emits;
  acquire(config: ConfigOf<S>, context: SourceContext): Observable<Chunk>;
  decoder(config: ConfigOf<S>, context: DecodeContext): Decode;
  /** For a source that measures in the kernel: what this host allows it, by trying. Throws when it cannot be tried. */
  readonly probeHost?: () => Promise<readonly HostWay[]>;
}

/** A processor is an RxJS operator over batches; its state lives in the subscription. */
export interface Processor<S extends ObjectSchema = ObjectSchema> extends ComponentSpec<S> {
  readonly kind: 'processor';
  /** What it adds of its own to what passes. */
  readonly emits: Emits;
  create(config: ConfigOf<S>, context: ComponentContext): OperatorFunction<Batch, Batch>;
  /** What it needs of events, so that a source can leave out the rest. Without it, or undefined: everything. */
  readonly reads?: (config: ConfigOf<S>) => ProcessorReads | undefined;
}

/** What a processor needs of the events that reach it. */
export interface ProcessorReads {
  /** The attributes that it looks at itself. */
  readonly attributes: readonly string[];
  /** Whether events go on behind it, to processors and sinks that read attributes of their own. */
  readonly passesEvents: boolean;
}

export interface Sink<S extends ObjectSchema = ObjectSchema> extends ComponentSpec<S> {
  readonly kind: 'sink';
  create(config: ConfigOf<S>, context: ComponentContext): SinkInstance;
  /** The same encoding without the delivery: what `dry-run` prints for a batch, as text. No I/O. */
  preview(config: ConfigOf<S>, context: ComponentContext): (batch: Batch) => string;
  /** The attributes of events that it looks at, so that a source can leave out the rest. Without it, or undefined: all. */
  readonly reads?: (config: ConfigOf<S>) => readonly string[] | undefined;
}

/** The engine calls `start`, then `write` one batch at a time, then `flush` and `stop`. */
export interface SinkInstance {
  /** Opens what the sink writes to; an error here stops the agent before any source starts. */
  start?(): Promise<void>;
  /** Settles when the batch is delivered or given up. A thrown error rejects the whole batch, with its message; see `OutputLost`. */
  write(batch: Batch): WriteResult | Promise<WriteResult>;
  flush?(): Promise<void>;
  stop?(): Promise<void>;
}

/** A sink throws it when its output will never take anything again, and the agent ends: well, when only nobody reads on. */
export class OutputLost extends Error {
  readonly isUnread: boolean;

  constructor(cause: Error) {
    super(cause.message, { cause });
    this.isUnread = 'code' in cause && cause.code === 'EPIPE';
  }
}

/** Every record of the batch is in one of these. */
export interface WriteResult {
  readonly delivered: number;
  /** Refused by the other side or not expressible in this format, by reason. */
  readonly rejected?: Readonly<Record<string, number>>;
}

export type AnyComponent = Source | Processor | Sink;

export function defineSource<const S extends ObjectSchema>(source: Omit<Source<S>, 'kind'>): Source {
  return erase({ kind: 'source', ...source });
}

export function defineProcessor<const S extends ObjectSchema>(
  processor: Omit<Processor<S>, 'kind'>,
): Processor {
  return erase({ kind: 'processor', ...processor });
}

export function defineSink<const S extends ObjectSchema>(sink: Omit<Sink<S>, 'kind'>): Sink {
  return erase({ kind: 'sink', ...sink });
}

/**
 * Lists hold components of every config type, so the type of `config` is forgotten here. That is safe because
 * only the pipeline builder calls them, with the config that this very schema has validated.
 */
function erase<C extends AnyComponent>(component: unknown): C {
  return component as C;
}
