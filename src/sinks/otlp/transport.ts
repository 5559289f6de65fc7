import * as grpc from '@grpc/grpc-js';
import { credentialsOf } from './credentials.ts';
import type { Failure } from './failure.ts';
import { retryAfterMillis } from './retry-info.ts';
import type { Settings, Signal } from './settings.ts';

/** What became of one attempt. */
export type Reply = { readonly kind: 'response'; readonly bytes: Uint8Array } | Failure;

/** One attempt at delivering one encoded request. Never rejects. */
export type Send = (request: Uint8Array, abort: AbortSignal) => Promise<Reply>;

/** The reconnect pauses of the channel, which should not be longer than the pauses between retries. */
export interface ReconnectLimits {
  readonly initialMillis: number;
  readonly maxMillis: number;
}

const METHOD: Readonly<Record<Signal, string>> = {
  METRICS: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  LOGS: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
};

/** grpc-js's number for gzip in `grpc.default_compression_algorithm`. */
const GZIP = 2;

/** gRPC's own lower bound for reconnect pauses. */
const MIN_RECONNECT_MILLIS = 100;

const identity = (bytes: Buffer): Buffer => bytes;

/**
 * A gRPC client for one signal. It connects with the first request. Opening reads the certificates and throws an
 * error that names the file when one cannot be used.
 */
export class Transport {
  readonly #client: grpc.Client;
  readonly #metadata: grpc.Metadata;
  readonly #method: string;
  readonly #timeoutMillis: number;

  constructor(signal: Signal, settings: Settings, reconnect: ReconnectLimits, userAgent: string) {
    this.#method = METHOD[signal];
    this.#timeoutMillis = settings.timeoutMillis;
    this.#metadata = new grpc.Metadata();
    for (const [name, value] of Object.entries(settings.headers)) this.#metadata.set(name, value);
    this.#client = new grpc.Client(
      settings.endpoint.target,
      credentialsOf(settings.tls),
      channelOptions(settings, reconnect, userAgent),
    );
  }

  readonly send: Send = (request, abort) =>
    new Promise((resolve) => {
      const call = this.#client.makeUnaryRequest(
        this.#method,
        identity,
        identity,
        Buffer.from(request.buffer, request.byteOffset, request.byteLength),
        this.#metadata,
        { deadline: Date.now() + this.#timeoutMillis },
        (error, response) => {
          abort.removeEventListener('abort', cancel);
          resolve(error ? failureOf(error) : { kind: 'response', bytes: response ?? new Uint8Array() });
        },
      );
      const cancel = () => call.cancel();
      abort.addEventListener('abort', cancel);
      if (abort.aborted) cancel();
    });

  close(): void {
    this.#client.close();
  }
}

function failureOf(error: grpc.ServiceError): Failure {
  const [details] = error.metadata.get('grpc-status-details-bin');
  const retryAfter = details instanceof Uint8Array ? retryAfterMillis(details) : undefined;
  return {
    kind: 'failure',
    code: error.code,
    message: error.details,
    ...(retryAfter === undefined ? {} : { retryAfterMillis: retryAfter }),
  };
}

function channelOptions(
  { compression, tls }: Settings,
  reconnect: ReconnectLimits,
  userAgent: string,
): grpc.ChannelOptions {
  const minMillis = Math.max(MIN_RECONNECT_MILLIS, reconnect.initialMillis);
  return {
    'grpc.primary_user_agent': userAgent,
    // gRPC's own retries would be invisible to the accounting.
    'grpc.enable_retries': 0,
    'grpc.initial_reconnect_backoff_ms': minMillis,
    // The default of two minutes keeps a receiver that is back waiting for most of a minute.
    'grpc.max_reconnect_backoff_ms': Math.max(minMillis, reconnect.maxMillis),
    ...(compression === 'gzip' ? { 'grpc.default_compression_algorithm': GZIP } : {}),
    ...(tls?.serverName === undefined
      ? {}
      : {
          'grpc.ssl_target_name_override': tls.serverName,
          'grpc.default_authority': tls.serverName,
        }),
  };
}
