import { createServer, type Server as NetServer, type Socket } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import type { MetricBatch } from '../../src/model/batch.ts';
import { decodeEvents, decodeMetrics, type ReceivedEvents, type ReceivedMetrics } from './otlp-decode.ts';

/** How to answer a request. */
export type Answer =
  | { readonly kind: 'ok' }
  | { readonly kind: 'partial'; readonly rejected: number; readonly message: string }
  | {
      readonly kind: 'error';
      readonly code: grpc.status;
      readonly message?: string;
      readonly retryAfterMillis?: number;
    }
  | { readonly kind: 'silence' };

export interface ReceiverOptions {
  readonly port?: number;
  readonly credentials?: grpc.ServerCredentials;
  /** Called for each request, counted from 0. */
  readonly answer?: (request: number) => Answer;
}

/**
 * An OTLP receiver on 127.0.0.1: grpc-js's server with its default limits (4 MiB a message, as the Collector's),
 * which keeps what it accepts.
 */
export class OtlpReceiver implements AsyncDisposable {
  readonly metrics: ReceivedMetrics[] = [];
  readonly events: ReceivedEvents[] = [];
  /** gRPC metadata of every request, refused ones too. */
  readonly headers: Readonly<Record<string, unknown>>[] = [];
  /** Sizes of the decompressed messages. */
  readonly messageBytes: number[] = [];
  readonly #options: ReceiverOptions;
  readonly #grpc = new grpc.Server();
  readonly #tcp: NetServer;
  readonly #sockets = new Set<Socket>();
  #wireBytes = 0;

  private constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#grpc.addService(service('metrics.v1.MetricsService'), {
      Export: this.#handler((bytes) => this.metrics.push(...decodeMetrics(bytes))),
    });
    this.#grpc.addService(service('logs.v1.LogsService'), {
      Export: this.#handler((bytes) => this.events.push(...decodeEvents(bytes))),
    });
    const injector = this.#grpc.createConnectionInjector(
      options.credentials ?? grpc.ServerCredentials.createInsecure(),
    );
    this.#tcp = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => {
        this.#wireBytes += socket.bytesRead;
        this.#sockets.delete(socket);
      });
      injector.injectConnection(socket);
    });
  }

  static async start(options: ReceiverOptions = {}): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver(options);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    receiver.#tcp.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
    await promise;
    return receiver;
  }

  get port(): number {
    const address = this.#tcp.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return address.port;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Bytes that arrived on the wire, before decompression. */
  get wireBytes(): number {
    return [...this.#sockets].reduce((sum, socket) => sum + socket.bytesRead, this.#wireBytes);
  }

  /** Closes the port and cuts every connection, as a killed process would. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#tcp.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    this.#grpc.forceShutdown();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #handler(keep: (bytes: Uint8Array) => void): grpc.handleUnaryCall<Buffer, Buffer> {
    return (call, respond) => {
      const answer = this.#options.answer?.(this.headers.length) ?? { kind: 'ok' };
      this.headers.push(call.metadata.getMap());
      this.messageBytes.push(call.request.length);
      if (answer.kind === 'silence') return;
      if (answer.kind === 'error') {
        respond({ code: answer.code, details: answer.message ?? 'as told', metadata: trailersOf(answer) });
        return;
      }
      keep(call.request);
      respond(null, answer.kind === 'partial' ? partialSuccess(answer) : Buffer.alloc(0));
    };
  }
}

function service(name: string): grpc.ServiceDefinition {
  const identity = (bytes: Buffer): Buffer => bytes;
  return {
    Export: {
      path: `/opentelemetry.proto.collector.${name}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    },
  };
}

function partialSuccess({ rejected, message }: Answer & { kind: 'partial' }): Buffer {
  return field(1, Buffer.concat([Buffer.from([0x08]), varint(rejected), field(2, Buffer.from(message))]));
}

/** `grpc-status-details-bin`: a google.rpc.Status with a RetryInfo, as a receiver under load sends it. */
function trailersOf({ retryAfterMillis }: Answer & { kind: 'error' }): grpc.Metadata {
  const metadata = new grpc.Metadata();
  if (retryAfterMillis === undefined) return metadata;
  const seconds = Math.floor(retryAfterMillis / 1000);
  const nanos = (retryAfterMillis - seconds * 1000) * 1e6;
  const duration = Buffer.concat([Buffer.from([0x08]), varint(seconds), Buffer.from([0x10]), varint(nanos)]);
  const typeUrl = field(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo'));
  metadata.set('grpc-status-details-bin', field(3, Buffer.concat([typeUrl, field(2, field(1, duration))])));
  return metadata;
}

function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** The sum over all points of one metric that arrived, whatever requests they came in. */
export function sumOf(received: readonly Pick<MetricBatch, 'metrics'>[], name: string): number {
  let sum = 0;
  for (const metric of received.flatMap(({ metrics }) => metrics)) {
    if (metric.name !== name || (metric.kind !== 'sum' && metric.kind !== 'gauge')) continue;
    for (const point of metric.points) sum += point.value;
  }
  return sum;
}
