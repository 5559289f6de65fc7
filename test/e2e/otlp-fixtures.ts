import { setTimeout as sleep } from 'node:timers/promises';
import { type Batch, type EventBatch, eventBatchOf, type MetricBatch } from '../../src/model/batch.ts';
import type { SumMetric } from '../../src/model/metric.ts';
import { otlp } from '../../src/sinks/otlp/index.ts';
import { OtlpSink } from '../../src/sinks/otlp/otlp-sink.ts';
import type { OtlpConfig } from '../../src/sinks/otlp/schema.ts';
import type { Environment } from '../../src/sinks/otlp/settings.ts';
import { testContext } from '../conformance/context.ts';

export const resource = { attributes: { 'host.name': 'alpha', 'service.name': 'lagpipe' } };
export const scope = { name: 'lagpipe/ebpf_stack_latency', version: '0.1.0' };
export const START = [1_795_262_400, 1] as const;
export const END = [1_795_262_405, 999_999_999] as const;

export function batchOf(...metrics: MetricBatch['metrics']): MetricBatch {
  return { kind: 'metrics', resource, scope, metrics };
}

/** One data point of value 1 for each of `points`; `filler` makes each that much larger. */
export function packets(points: number, filler = ''): MetricBatch {
  const metric: SumMetric = {
    kind: 'sum',
    name: 'test.packets',
    unit: '{packet}',
    description: '',
    temporality: 'delta',
    monotonic: true,
    points: Array.from({ length: points }, (_, index) => ({
      attributes: { index, ...(filler === '' ? {} : { filler }) },
      startTime: START,
      time: END,
      value: 1,
    })),
  };
  return batchOf(metric);
}

export function connects(count: number): EventBatch {
  const attributes = { 'lagpipe.tcp.outcome': 'refused', 'error.type': 'refused', 'server.port': 80 };
  return eventBatchOf(
    { resource, scope, name: 'tcp.connect', severityNumber: 9 },
    Array.from({ length: count }, (_, index) => ({ time: END, attributes: { ...attributes, index } })),
  );
}

export function configOf(endpoint: string, overrides: Partial<OtlpConfig> = {}): OtlpConfig {
  return {
    endpoint,
    headers: {},
    tls: {},
    retry: { initial_interval: 20, max_interval: 200, max_elapsed: 20_000 },
    ...overrides,
  };
}

export const NO_RETRY = { retry: { initial_interval: 20, max_interval: 20, max_elapsed: 0 } };

/** A started sink, stopped when the test ends. */
export class RunningSink implements AsyncDisposable {
  readonly context = testContext(otlp);
  readonly #sink: OtlpSink;

  private constructor(config: OtlpConfig, environment: Environment) {
    this.#sink = new OtlpSink(config, this.context, environment);
  }

  static async start(config: OtlpConfig, environment: Environment = {}): Promise<RunningSink> {
    const running = new RunningSink(config, environment);
    await running.#sink.start();
    return running;
  }

  write(batch: Batch) {
    return this.#sink.write(batch);
  }

  stop(): Promise<void> {
    return this.#sink.stop();
  }

  /** The newest status, as one line. */
  get status(): string {
    const { state, detail, remedy } = this.context.statuses.at(-1)!;
    return [state, detail, ...(remedy === undefined ? [] : [remedy])].join(' | ');
  }

  /** Waits until the newest status has this state, and these words in its detail. */
  async reports(state: string, words = ''): Promise<void> {
    for (;;) {
      const newest = this.context.statuses.at(-1);
      if (newest?.state === state && newest.detail.includes(words)) return;
      await sleep(5);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
