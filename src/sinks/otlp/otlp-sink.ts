import type { ComponentContext, SinkInstance, WriteResult } from '../../component.ts';
import type { Batch } from '../../model/batch.ts';
import { deliver } from './deliver.ts';
import type { Encoder, Verdict } from './encoder.ts';
import { explain, type Failure } from './failure.ts';
import { type Request, requestsOf } from './requests.ts';
import type { OtlpConfig } from './schema.ts';
import { type Environment, resolveSettings, type Settings, type Signal } from './settings.ts';
import type { Transport } from './transport.ts';

const SIGNALS: readonly Signal[] = ['METRICS', 'LOGS'];

/** What people call the two signals here: parts of the status, and words in messages. */
export const RECORD_NAMES: Readonly<Record<Signal, string>> = { METRICS: 'data points', LOGS: 'events' };
const PART_NAMES: Readonly<Record<Signal, string>> = { METRICS: 'metrics', LOGS: 'events' };

interface Channel {
  readonly settings: Settings;
  readonly transport: Transport;
}

/** Sends each batch as it comes and says what became of it; a receiver that is away is retried for a while. */
export class OtlpSink implements SinkInstance {
  readonly #config: OtlpConfig;
  readonly #context: ComponentContext;
  readonly #environment: Environment;
  readonly #channels = new Map<Signal, Channel>();
  readonly #abort = new AbortController();
  readonly #writes = new Set<Promise<WriteResult>>();
  readonly #reported = new Map<Signal, string>();
  readonly #warned = new Set<string>();
  #encoder: Encoder | undefined;

  constructor(config: OtlpConfig, context: ComponentContext, environment: Environment) {
    this.#config = config;
    this.#context = context;
    this.#environment = environment;
  }

  /** Throws when the settings or the certificates cannot work; a receiver that is away is no reason to. */
  async start(): Promise<void> {
    const { initial_interval: initialMillis, max_interval: maxMillis } = this.#config.retry;
    const allSettings = SIGNALS.map((signal) =>
      resolveSettings(this.#config, this.#environment, signal, (message) => this.#warnOnce(message)),
    );
    // Only a running sink pays for gRPC and OpenTelemetry. It is our modules that load on demand, not the packages:
    // from a CommonJS package that is imported on demand, a bundle hands out nothing but its default export.
    const [{ createEncoder }, { Transport }] = await Promise.all([
      import('./encoder.ts'),
      import('./transport.ts'),
    ]);
    this.#encoder = createEncoder();
    SIGNALS.forEach((signal, index) => {
      const settings = allSettings[index];
      const userAgent = `lagpipe/${this.#context.scope.version}`;
      const transport = new Transport(signal, settings, { initialMillis, maxMillis }, userAgent);
      this.#channels.set(signal, { settings, transport });
    });
  }

  write(batch: Batch): Promise<WriteResult> {
    const result = this.#writeAll(batch).finally(() => this.#writes.delete(result));
    this.#writes.add(result);
    return result;
  }

  /** Ends all retries; what they were about counts as rejected. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.allSettled(this.#writes);
    for (const { transport } of this.#channels.values()) transport.close();
  }

  async #writeAll(batch: Batch): Promise<WriteResult> {
    const encoder = this.#encoder;
    if (encoder === undefined) throw new Error('not started');
    let delivered = 0;
    const rejected: Record<string, number> = {};
    const reject = (reason: string, records: number) => {
      if (records > 0) rejected[reason] = (rejected[reason] ?? 0) + records;
    };
    for (const request of requestsOf(batch, encoder.encode)) {
      const { accepted, reason } = await this.#writeOne(request, encoder);
      delivered += accepted;
      reject(reason, request.records - accepted);
    }
    return { delivered, rejected };
  }

  /** How many records of one request arrived, and why the others did not. */
  async #writeOne(
    { signal, records, bytes }: Request,
    encoder: Encoder,
  ): Promise<{ accepted: number; reason: string }> {
    const channel = this.#channels.get(signal);
    if (bytes === undefined || channel === undefined) return { accepted: 0, reason: 'too_large' };
    const { initial_interval, max_interval, max_elapsed } = this.#config.retry;
    const outcome = await deliver(bytes, {
      send: channel.transport.send,
      retry: { initialMillis: initial_interval, maxMillis: max_interval, maxElapsedMillis: max_elapsed },
      scheduler: this.#context.scheduler,
      abort: this.#abort.signal,
      onFailure: (failure) => this.#reportFailure(signal, channel.settings, failure),
    });
    if (outcome.kind === 'given_up') return { accepted: 0, reason: outcome.reason };
    this.#reportLive(signal, channel.settings);
    const verdict = this.#verdictOf(signal, outcome.bytes, encoder);
    this.#warnOfVerdict(signal, channel.settings, verdict);
    const refused = Math.min(Math.max(verdict.rejected, 0), records);
    return { accepted: records - refused, reason: 'partial_success' };
  }

  /** The status said OK, so a response that makes no sense takes nothing back. */
  #verdictOf(signal: Signal, response: Uint8Array, encoder: Encoder): Verdict {
    try {
      return encoder.decodeResponse(signal, response);
    } catch {
      return { rejected: 0, message: 'the response is not OTLP' };
    }
  }

  #warnOfVerdict(signal: Signal, { endpoint }: Settings, { rejected, message }: Verdict): void {
    const words = message === '' ? '' : `: ${message}`;
    if (rejected > 0) {
      const first = `${endpoint.shown} rejects some ${RECORD_NAMES[signal]}${words}`;
      this.#warnOnce(`${first} (further ones are only counted)`, `${signal} partial`);
    } else if (message !== '') {
      this.#warnOnce(
        `${endpoint.shown} accepts ${PART_NAMES[signal]} with a warning${words}`,
        `${signal} warning`,
      );
    }
  }

  #warnOnce(message: string, key = message): void {
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    this.#context.log.warn(message);
  }

  #reportLive(signal: Signal, { endpoint, compression, tls }: Settings): void {
    const how = [tls === undefined ? 'plaintext' : 'TLS', ...(compression === 'gzip' ? ['gzip'] : [])];
    const detail = `sends to ${endpoint.shown}, ${how.join(', ')}`;
    if (this.#isNews(signal, detail))
      this.#context.report({ part: PART_NAMES[signal], state: 'live', detail });
  }

  #reportFailure(signal: Signal, settings: Settings, failure: Failure): void {
    const explanation = explain(failure, settings);
    if (!this.#isNews(signal, explanation.detail)) return;
    this.#context.report({ part: PART_NAMES[signal], state: 'degraded', ...explanation });
  }

  /** A state is reported when it begins, not with every request. */
  #isNews(signal: Signal, detail: string): boolean {
    if (this.#reported.get(signal) === detail) return false;
    this.#reported.set(signal, detail);
    return true;
  }
}
