import type { Counters } from '../component.ts';
import type { ComponentCounts, ComponentKind, PartStatus, TelemetrySnapshot } from '../model/telemetry.ts';

/** One component's counts while the agent runs. Adding to a number is all that the hot path pays for telemetry. */
export class ComponentCounter implements Counters {
  in = 0;
  out = 0;
  queued = 0;
  deliveredRecords = 0;
  createdRecords = 0;
  absorbedRecords = 0;
  readonly droppedByReason = new Map<string, number>();
  readonly rejectedByReason = new Map<string, number>();
  readonly kind: ComponentKind;
  readonly id: string;
  readonly pipeline: string;

  constructor(kind: ComponentKind, id: string, pipeline: string) {
    this.kind = kind;
    this.id = id;
    this.pipeline = pipeline;
  }

  dropped(reason: string, records: number): void {
    addTo(this.droppedByReason, reason, records);
  }

  rejected(reason: string, records: number): void {
    addTo(this.rejectedByReason, reason, records);
  }

  created(records: number): void {
    this.createdRecords += records;
  }

  absorbed(records: number): void {
    this.absorbedRecords += records;
  }

  /** Records that a processor took in and has neither passed on nor accounted for otherwise. */
  get held(): number {
    return this.in + this.createdRecords - this.out - this.absorbedRecords - sumOf(this.droppedByReason);
  }

  snapshot(): ComponentCounts {
    return {
      kind: this.kind,
      id: this.id,
      pipeline: this.pipeline,
      in: this.in,
      out: this.out,
      created: this.createdRecords,
      absorbed: this.absorbedRecords,
      delivered: this.deliveredRecords,
      queued: this.queued,
      rejected: Object.fromEntries(this.rejectedByReason),
      dropped: Object.fromEntries(this.droppedByReason),
    };
  }
}

/** All counts and statuses of one running agent. */
export class Telemetry {
  readonly #counters: ComponentCounter[] = [];
  readonly #statuses = new Map<string, TelemetrySnapshot['statuses'][number]>();

  counter(kind: ComponentKind, id: string, pipeline = ''): ComponentCounter {
    const counter = new ComponentCounter(kind, id, pipeline);
    this.#counters.push(counter);
    return counter;
  }

  /** Keeps the newest status of each part; returns whether it says something new. */
  report(kind: ComponentKind, id: string, status: PartStatus): boolean {
    const key = JSON.stringify([kind, id, status.part]);
    const previous = this.#statuses.get(key);
    this.#statuses.set(key, { ...status, kind, id });
    return previous?.state !== status.state || previous.detail !== status.detail;
  }

  /** Whether the component has already said itself that it does not work. */
  hasFailed(kind: ComponentKind, id: string): boolean {
    return this.#statuses.get(JSON.stringify([kind, id, '']))?.state === 'failed';
  }

  snapshot(): TelemetrySnapshot {
    return {
      counts: this.#counters.map((counter) => counter.snapshot()),
      statuses: [...this.#statuses.values()],
    };
  }
}

function addTo(counts: Map<string, number>, reason: string, records: number): void {
  if (records > 0) counts.set(reason, (counts.get(reason) ?? 0) + records);
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
