import type { Attributes } from './attributes.ts';

export type ComponentKind = 'source' | 'processor' | 'sink';

/**
 * What happened to a component's records so far. The sums always add up, at every moment between two batches:
 *
 * - source: `seen = out + dropped`, where seen counts what the outside offered, as far as the source can know;
 * - processor: `in + created = out + absorbed + dropped`;
 * - sink: `in = delivered + rejected + dropped + queued`.
 *
 * Along an edge nothing can vanish: what flows out of one component is what flows into the next.
 */
export interface ComponentCounts {
  readonly kind: ComponentKind;
  /** As written in the pipeline file: `proc`, `otlp/backup`. */
  readonly id: string;
  /** The pipeline, for a processor; sources and sinks are shared between pipelines, so empty for them. */
  readonly pipeline: string;
  readonly in: number;
  readonly out: number;
  readonly created: number;
  readonly absorbed: number;
  readonly delivered: number;
  readonly queued: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
}

/** `live`: works. `degraded`: works with something missing. `failed`: does not work and will not by itself. */
export type PartState = 'live' | 'degraded' | 'restarting' | 'failed';

/** How one part of a component fares, such as the probe of one stage. */
export interface PartStatus {
  /** Empty for the component as a whole. */
  readonly part: string;
  readonly state: PartState;
  /** What is so, and why: one line. */
  readonly detail: string;
  /** What the person can do about it: an exact command where there is one. */
  readonly remedy?: string;
  /** What else is true of the data, such as which attach type is live. */
  readonly attributes?: Attributes;
}

/** One way to measure one part of a source, and whether this host allows it. Ways of a part follow each other, best first. */
export interface HostWay {
  readonly part: string;
  /** `tracing`, `kprobe` or `hook`. */
  readonly tier: string;
  /** The kind of kernel hook within the tier, such as `netfilter`. */
  readonly attach: string;
  readonly works: boolean;
  /** What it sees, and what it misses. */
  readonly covers: string;
  /** Why not, for programs and for people; empty when it works. */
  readonly code: string;
  readonly detail: string;
}

export interface TelemetrySnapshot {
  readonly counts: readonly ComponentCounts[];
  readonly statuses: readonly (PartStatus & { readonly kind: ComponentKind; readonly id: string })[];
}
