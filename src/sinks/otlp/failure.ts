import type { Settings } from './settings.ts';

/** A request that the receiver did not take, or that did not reach it. */
export interface Failure {
  readonly kind: 'failure';
  /** gRPC's status code. */
  readonly code: number;
  /** The status message: the receiver's own words, or gRPC's about the connection. */
  readonly message: string;
  /** What the receiver's RetryInfo asks for. */
  readonly retryAfterMillis?: number;
}

/** Status codes by number (grpc.github.io/grpc/core/md_doc_statuscodes.html), as reasons. */
const CODE_NAMES = [
  'ok',
  'cancelled',
  'unknown',
  'invalid_argument',
  'deadline_exceeded',
  'not_found',
  'already_exists',
  'permission_denied',
  'resource_exhausted',
  'failed_precondition',
  'aborted',
  'out_of_range',
  'unimplemented',
  'internal',
  'unavailable',
  'data_loss',
  'unauthenticated',
] as const;

export function reasonOf({ code }: Failure): string {
  return CODE_NAMES[code] ?? `grpc_${code}`;
}

const ALWAYS_RETRYABLE: ReadonlySet<string> = new Set([
  'cancelled',
  'deadline_exceeded',
  'aborted',
  'out_of_range',
  'unavailable',
  'data_loss',
]);

/** OTLP's rule: these codes, and RESOURCE_EXHAUSTED only when the receiver says when to come back. */
export function isRetryable(failure: Failure): boolean {
  const reason = reasonOf(failure);
  if (reason === 'resource_exhausted') return failure.retryAfterMillis !== undefined;
  return ALWAYS_RETRYABLE.has(reason);
}

export interface Explanation {
  readonly detail: string;
  readonly remedy?: string;
}

/**
 * Connection errors in plain words. gRPC reports them all as UNAVAILABLE with the cause inside the message, whose
 * wording is Node's and OpenSSL's. Tried with grpc-js 1.14 on Node 24; the end-to-end tests hold it to that.
 */
const CONNECTION_CAUSES: readonly {
  readonly pattern: RegExp;
  /** Where the same words mean different things, depending on what this side speaks. */
  readonly tls?: boolean;
  readonly detail: string;
  readonly remedy: string;
}[] = [
  {
    pattern: /ECONNREFUSED|ENOENT/,
    detail: 'nothing listens there',
    remedy: 'start the receiver or correct endpoint',
  },
  {
    pattern: /Connection dropped|ECONNRESET|EPIPE/,
    detail: 'the connection was lost',
    remedy: 'look at the receiver if this lasts',
  },
  { pattern: /ETIMEDOUT/, detail: 'it does not answer', remedy: 'check the route and the firewall' },
  {
    pattern: /EHOSTUNREACH|ENETUNREACH/,
    detail: 'there is no route to it',
    remedy: 'check the route and the firewall',
  },
  {
    pattern: /Name resolution failed|ENOTFOUND|EAI_/,
    detail: 'its name has no address',
    remedy: 'correct endpoint',
  },
  {
    pattern: /self-signed certificate|unable to get (local )?issuer|unable to verify/,
    detail: 'its certificate is self-signed or from an authority that is not trusted here',
    remedy: 'name the authority’s PEM file in tls.ca_file',
  },
  {
    pattern: /certificate has expired|not yet valid/,
    detail: 'its certificate is not valid today',
    remedy: 'renew it, or set the clock',
  },
  {
    pattern: /ERR_TLS_CERT_ALTNAME_INVALID/,
    detail: 'its certificate is for another name',
    remedy: 'write that name in endpoint, or in tls.server_name',
  },
  {
    pattern: /certificate required|handshake failure|bad certificate|unknown ca/,
    detail: 'it refuses this client’s certificate, or wants one',
    remedy: 'give tls.cert_file and tls.key_file that it trusts',
  },
  {
    pattern: /wrong version number|packet length too long/,
    detail: 'it does not speak TLS',
    remedy: 'write http:// in endpoint, or give the receiver a certificate',
  },
  {
    pattern: /Protocol error/,
    detail: 'it does not speak gRPC',
    remedy: 'write the port of OTLP over gRPC, usually 4317; 4318 is the one over HTTP',
  },
  {
    pattern: /Failed to connect/,
    tls: false,
    detail: 'it closes a plaintext connection at once, as a TLS port does',
    remedy: 'write https:// in endpoint',
  },
  {
    pattern: /Failed to connect/,
    tls: true,
    detail: 'it closes the TLS connection at once, as one that does not trust the client’s certificate does',
    remedy: 'give tls.cert_file and tls.key_file that it trusts',
  },
];

/** What to tell a person. Stable from one attempt to the next, so that the same failure is one line in the log. */
export function explain(failure: Failure, settings: Settings): Explanation {
  const reason = reasonOf(failure);
  const to = settings.endpoint.shown;
  if (reason === 'unavailable') {
    const cause = CONNECTION_CAUSES.find(
      ({ pattern, tls }) => pattern.test(failure.message) && (tls ?? isTls(settings)) === isTls(settings),
    );
    if (cause) return { detail: `cannot reach ${to}: ${cause.detail}`, remedy: cause.remedy };
  }
  const words = `${to} answers ${reason.toUpperCase()}${receiverWords(failure, settings)}`;
  switch (reason) {
    case 'deadline_exceeded':
      return {
        detail: `no answer from ${to} within ${settings.timeoutMillis} ms`,
        remedy: 'raise timeout, or look at the receiver’s load',
      };
    case 'unauthenticated':
    case 'permission_denied':
      return { detail: words, remedy: 'check the token in headers' };
    case 'unimplemented':
      return { detail: words, remedy: 'the receiver does not take this signal: see its pipelines' };
    case 'resource_exhausted':
      return { detail: words, remedy: 'the receiver is overloaded, or accepts only smaller messages' };
    default:
      return { detail: words };
  }
}

function isTls(settings: Settings): boolean {
  return settings.tls !== undefined;
}

/** The receiver's message in one short line, without times that would make every line a new one, or secrets. */
function receiverWords({ message }: Failure, { headers }: Settings): string {
  let words = message
    .replace(/\(?\d{4}-\d\d-\d\dT[\d:.]+Z\)?/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  for (const value of Object.values(headers)) {
    if (value.length > 3) words = words.replaceAll(value, '[REDACTED]');
  }
  if (words === '') return '';
  return `: ${words.length > 200 ? `${words.slice(0, 200)}…` : words}`;
}
