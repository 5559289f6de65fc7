import type { Processor, Sink, Source } from '../component.ts';

/** The components that a pipeline file can name. */
export interface Registry {
  readonly sources: readonly Source[];
  readonly processors: readonly Processor[];
  readonly sinks: readonly Sink[];
}

/**
 * One pipeline file, checked: every id that a pipeline names is in the maps, every config fits its schema. What no
 * pipeline uses is left out (and was warned about), so that everything in the maps is to run.
 */
export interface PipelineConfig {
  /** The file's path as the user gave it. */
  readonly path: string;
  readonly agent: AgentConfig;
  readonly sources: ReadonlyMap<string, ConfiguredSource>;
  readonly processors: ReadonlyMap<string, ConfiguredProcessor>;
  readonly sinks: ReadonlyMap<string, ConfiguredSink>;
  readonly pipelines: ReadonlyMap<string, Pipeline>;
}

interface AgentConfig {
  /** How long stopping may take before what is left is dropped and counted. */
  readonly shutdownTimeoutMillis: number;
  /** Resource attributes that the user adds to, or puts over, those that are found. */
  readonly resource: Readonly<Record<string, string>>;
  /** Where the agent's own figures go past all pipelines; absent when nowhere. */
  readonly telemetry?: AgentTelemetryConfig;
}

export interface AgentTelemetryConfig {
  /** Absent: what the OTEL_EXPORTER_OTLP_* environment variables say. */
  readonly endpoint?: string;
  readonly intervalMillis: number;
}

interface Configured<C> {
  /** As written in the file: `type` or `type/name`. */
  readonly id: string;
  readonly component: C;
  /** Valid by the component's schema; defaults filled in, durations in milliseconds, sizes in bytes. */
  readonly config: unknown;
}

type ConfiguredSource = Configured<Source>;
export type ConfiguredProcessor = Configured<Processor>;

export interface ConfiguredSink extends Configured<Sink> {
  readonly queue: QueueConfig;
}

/** The bounded queue in front of a sink. */
interface QueueConfig {
  /** In records: data points or events. */
  readonly size: number;
  /** What happens to a batch that no longer fits. */
  readonly whenFull: 'block' | 'drop_newest' | 'drop_oldest';
}

/** Ids in the order in which the file names them. */
export interface Pipeline {
  readonly sources: readonly string[];
  readonly processors: readonly string[];
  readonly sinks: readonly string[];
}

/** What loading gives: a config unless there is an error. */
export interface LoadResult {
  readonly config?: PipelineConfig;
  /** In file order. */
  readonly problems: readonly Problem[];
  /** Values of fields that a schema marks secret, also when the file is wrong, so that no output shows them. */
  readonly secrets: readonly string[];
}

/** One thing to put right, with all that is needed to print it; secrets are already masked. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters (Unicode code points), so that editors jump to the same place. */
  readonly column: number;
  /** What is wrong, what was seen, what is allowed: one line. */
  readonly message: string;
  readonly frame: Frame;
}

/** The line that a problem is in, ready for a terminal: tabs as spaces, secrets masked, long lines cut. */
export interface Frame {
  readonly text: string;
  /** Where the underline begins, in terminal columns from 0. */
  readonly start: number;
  /** How many terminal columns to underline; at least 1. */
  readonly length: number;
}
