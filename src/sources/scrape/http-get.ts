import type { Agent, IncomingMessage, RequestOptions } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type SchedulerLike, timer } from 'rxjs';
import { formatSeconds } from '../../lib/duration.ts';
import type { TlsFileContents } from '../../lib/tls-files.ts';
import { failureOfError, failureOfStatus, type HttpFailure } from './http-failure.ts';

export interface HttpGetOptions {
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the body as it is after unpacking. */
  readonly maxBytes: number;
  readonly tls?: (TlsFileContents & { readonly serverName?: string | undefined }) | undefined;
  readonly scheduler: SchedulerLike;
}

export type HttpReply =
  | { readonly kind: 'body'; readonly bytes: Buffer; readonly contentType: string }
  | HttpFailure;

// Not by `import`, which also takes what Node would load only when asked for, its WebSocket among it: 15 MB.
const http = () => process.getBuiltinModule('node:http');
const https = () => process.getBuiltinModule('node:https');

/**
 * GETs one address again and again on a connection that is kept. Everything is bounded: the time of the whole
 * exchange, the size of the unpacked body, and where it goes: redirects are refused.
 */
export class HttpGet {
  readonly #options: HttpGetOptions;
  readonly #agent: Agent;

  constructor(options: HttpGetOptions) {
    this.#options = options;
    const { url, tls } = options;
    const keep = { keepAlive: true, maxSockets: 1 };
    this.#agent =
      url.protocol === 'https:'
        ? new (https().Agent)({
            ...keep,
            ...(tls?.ca && { ca: tls.ca }),
            ...(tls?.cert && tls.key && { cert: tls.cert, key: tls.key }),
            ...(tls?.serverName && { servername: tls.serverName }),
          })
        : new (http().Agent)(keep);
  }

  /** Never rejects. `abort` ends it at once. */
  async get(limitMillis: number, abort: AbortSignal): Promise<HttpReply> {
    const limit = new AbortController();
    const timeout = timer(limitMillis, this.#options.scheduler).subscribe(() => limit.abort());
    const signal = AbortSignal.any([limit.signal, abort]);
    try {
      return await this.#attempt(signal, true);
    } catch (error) {
      if (!limit.signal.aborted) return failureOfError(error);
      return {
        kind: 'failure',
        detail: `gives no complete answer within ${formatSeconds(limitMillis / 1000)}`,
        remedy: 'raise timeout, or look at the server’s load',
      };
    } finally {
      timeout.unsubscribe();
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #attempt(signal: AbortSignal, mayRepeat: boolean): Promise<HttpReply> {
    const { url, headers } = this.#options;
    const all = { 'accept-encoding': 'gzip', ...headers };
    const request = (url.protocol === 'https:' ? https() : http()).request(url, {
      agent: this.#agent,
      headers: all,
      signal,
    } satisfies RequestOptions);
    let response: IncomingMessage | undefined;
    try {
      response = await new Promise<IncomingMessage>((resolve, reject) => {
        request.once('response', resolve).on('error', reject).end();
      });
      return await this.#replyOf(response);
    } catch (error) {
      // The server closed the kept connection just before this request: that says nothing about the server.
      const isStale =
        request.reusedSocket && error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
      if (mayRepeat && isStale && !signal.aborted) return this.#attempt(signal, false);
      throw error;
    } finally {
      if (!response?.complete) request.destroy();
    }
  }

  async #replyOf(response: IncomingMessage): Promise<HttpReply> {
    const { maxBytes } = this.#options;
    const status = response.statusCode ?? 0;
    if (status !== 200) {
      // So that the connection can be kept; a long body is not worth it.
      if (Number(response.headers['content-length'] ?? Number.POSITIVE_INFINITY) < 64 * 1024)
        response.resume();
      else response.destroy();
      return failureOfStatus(status, response.headers.location);
    }
    const bytes = await bodyOf(response, maxBytes);
    if (bytes === undefined) {
      return {
        kind: 'failure',
        detail: `answers more than ${maxBytes} bytes`,
        remedy: 'raise max_body_size, or ask it for less',
        dropped: 'body_too_long',
      };
    }
    return { kind: 'body', bytes, contentType: response.headers['content-type'] ?? '' };
  }
}

/** The whole body, unpacked; `undefined` when it is longer than that. Throws when it ends early or is damaged. */
async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const isPacked = response.headers['content-encoding'] === 'gzip';
  const stream: Readable = isPacked ? response.pipe(createGunzip()) : response;
  if (isPacked) response.once('error', (error) => stream.destroy(error));
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of stream) {
    length += part.length;
    if (length > maxBytes) {
      response.destroy();
      return undefined;
    }
    parts.push(part);
  }
  return Buffer.concat(parts, length);
}
