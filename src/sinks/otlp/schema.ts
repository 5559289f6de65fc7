import type { ConfigProblem } from '../../component.ts';
import type { ConfigOf } from '../../schema.ts';
import { readEndpoint } from './endpoint.ts';

export const schema = {
  type: 'object',
  description: 'Where to send metrics and events, and how.',
  properties: {
    endpoint: {
      type: 'string',
      minLength: 1,
      description:
        'The receiver: `http://HOST:PORT` in plaintext, `https://HOST:PORT` or `HOST:PORT` with TLS, or ' +
        '`unix:///PATH`. Without a port 4317, for `https` 443. Default: `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`, else ' +
        '`OTEL_EXPORTER_OTLP_ENDPOINT`, else `http://127.0.0.1:4317`.',
    },
    headers: {
      type: 'object',
      additionalProperties: {
        type: 'string',
        secret: true,
        description: 'The value of one header, such as a token.',
      },
      default: {},
      description:
        'Sent with every request. Each overrides a header of the same name in `OTEL_EXPORTER_OTLP_HEADERS`.',
    },
    timeout: {
      type: 'string',
      format: 'duration',
      minDuration: '10ms',
      maxDuration: '10m',
      description:
        'How long one attempt may take. Default: `OTEL_EXPORTER_OTLP_TIMEOUT` (in milliseconds), else `10s`.',
    },
    compression: {
      type: 'string',
      enum: ['gzip', 'none'],
      description: 'Default: `OTEL_EXPORTER_OTLP_COMPRESSION`, else `gzip`.',
    },
    tls: {
      type: 'object',
      default: {},
      description:
        'For an endpoint with TLS. What is not given comes from the environment, as OpenTelemetry defines.',
      properties: {
        ca_file: {
          type: 'string',
          minLength: 1,
          description:
            'PEM file with the authorities to trust instead of the system’s. Default: `OTEL_EXPORTER_OTLP_CERTIFICATE`.',
        },
        cert_file: {
          type: 'string',
          minLength: 1,
          description:
            'PEM file with the client’s certificate. Default: `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`.',
        },
        key_file: {
          type: 'string',
          minLength: 1,
          description: 'PEM file with the client’s private key. Default: `OTEL_EXPORTER_OTLP_CLIENT_KEY`.',
        },
        server_name: {
          type: 'string',
          minLength: 1,
          description:
            'The name that the receiver’s certificate must have, where it is not the endpoint’s host.',
        },
        insecure: {
          type: 'boolean',
          description:
            'Plaintext for an endpoint without a scheme. Default: `OTEL_EXPORTER_OTLP_INSECURE`, else `false`.',
        },
      },
    },
    retry: {
      type: 'object',
      default: {},
      description:
        'When the receiver cannot be reached or asks to try again later, the same request is sent again.',
      properties: {
        initial_interval: {
          type: 'string',
          format: 'duration',
          default: '500ms',
          minDuration: '10ms',
          maxDuration: '1m',
          description:
            'The wait before the first retry, give or take half; each further one waits 1.5 times as long.',
        },
        max_interval: {
          type: 'string',
          format: 'duration',
          default: '5s',
          minDuration: '10ms',
          maxDuration: '10m',
          description: 'The longest wait between two attempts, unless the receiver asks for a longer one.',
        },
        max_elapsed: {
          type: 'string',
          format: 'duration',
          default: '30s',
          minDuration: '0s',
          maxDuration: '1h',
          description:
            'After this long a request is given up and its records count as rejected. `0s` never retries.',
        },
      },
    },
  },
} as const;

export type OtlpConfig = ConfigOf<typeof schema>;

/** Rules between fields, as far as the config alone can break them. */
export function checkConfig(config: OtlpConfig): readonly ConfigProblem[] {
  return [
    ...endpointProblems(config),
    ...tlsProblems(config),
    ...headerProblems(config),
    ...retryProblems(config),
  ];
}

function endpointProblems({ endpoint, tls }: OtlpConfig): ConfigProblem[] {
  if (endpoint === undefined) return [];
  const reading = readEndpoint(endpoint);
  if (reading.kind === 'problem') return [{ path: ['endpoint'], message: reading.message }];
  const problems: ConfigProblem[] = [];
  if (reading.endpoint.tls === true && tls.insecure === true) {
    const message = 'the endpoint says https; for plaintext write http:// and leave insecure out';
    problems.push({ path: ['tls', 'insecure'], message });
  }
  const isPlaintext = reading.endpoint.tls === false || (reading.endpoint.tls === undefined && tls.insecure);
  for (const field of ['ca_file', 'cert_file', 'key_file', 'server_name'] as const) {
    if (isPlaintext && tls[field] !== undefined) {
      problems.push({
        path: ['tls', field],
        message: 'has no effect on a plaintext endpoint; write https://',
      });
    }
  }
  return problems;
}

function tlsProblems({ tls }: OtlpConfig): ConfigProblem[] {
  if (tls.key_file !== undefined && tls.cert_file === undefined) {
    return [{ path: ['tls', 'key_file'], message: 'a client key needs its certificate: add cert_file' }];
  }
  if (tls.cert_file !== undefined && tls.key_file === undefined) {
    return [
      { path: ['tls', 'cert_file'], message: 'a client certificate needs its private key: add key_file' },
    ];
  }
  return [];
}

/** gRPC's own rules for metadata: names are lower-cased, `grpc-` is reserved, and `-bin` means base64. */
function headerProblems({ headers }: OtlpConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const message = headerProblem(name, value);
    if (message !== undefined) problems.push({ path: ['headers', name], message });
  }
  return problems;
}

/** What is wrong with a header, without its value. */
export function headerProblem(name: string, value: string): string | undefined {
  if (!/^[0-9a-zA-Z_.-]+$/.test(name)) return 'a header name has only letters, digits and _ . -';
  if (/^grpc-/i.test(name)) return 'names that begin with grpc- belong to gRPC itself';
  if (/-bin$/i.test(name)) return 'binary headers (-bin) are not supported';
  if (!/^[\x20-\x7e]*$/.test(value)) return 'a header value has only printable ASCII characters';
  return undefined;
}

function retryProblems({ retry }: OtlpConfig): ConfigProblem[] {
  if (retry.initial_interval <= retry.max_interval) return [];
  return [{ path: ['retry', 'initial_interval'], message: 'is longer than max_interval' }];
}
