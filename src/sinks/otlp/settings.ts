import { type Endpoint, readEndpoint } from './endpoint.ts';
import type { OtlpConfig } from './schema.ts';
import { headerProblem } from './schema.ts';

/** OpenTelemetry's name for what is sent, as its environment variables spell it. */
export type Signal = 'METRICS' | 'LOGS';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that sending one signal needs to know. */
export interface Settings {
  readonly endpoint: Endpoint;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMillis: number;
  readonly compression: 'gzip' | 'none';
  /** `undefined` for plaintext. */
  readonly tls: TlsFiles | undefined;
}

export interface TlsFiles {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly serverName?: string;
}

const DEFAULT_ENDPOINT = 'http://127.0.0.1:4317';
const DEFAULT_TIMEOUT_MILLIS = 10_000;

/**
 * The config, completed from the environment by the rules of OpenTelemetry's exporter specification: the config
 * beats the signal's own variable, which beats the general one; empty is unset. A variable that cannot be used is
 * named in `warn` and passed over. Throws when no connection can be meant: a malformed endpoint, half a key pair.
 */
export function resolveSettings(
  config: OtlpConfig,
  environment: Environment,
  signal: Signal,
  warn: (message: string) => void = () => {},
): Settings {
  const variable = variableReader(environment, signal);
  const endpoint = endpointOf(config, variable('ENDPOINT'));
  const insecure = config.tls.insecure ?? variable('INSECURE')?.value.toLowerCase() === 'true';
  const isTls = endpoint.tls ?? !insecure;
  return {
    endpoint,
    headers: {
      ...headersOf(environment, 'OTEL_EXPORTER_OTLP_HEADERS', warn),
      ...headersOf(environment, `OTEL_EXPORTER_OTLP_${signal}_HEADERS`, warn),
      ...lowerCaseNames(config.headers),
    },
    timeoutMillis: config.timeout ?? timeoutOf(variable('TIMEOUT'), warn) ?? DEFAULT_TIMEOUT_MILLIS,
    compression: config.compression ?? compressionOf(variable('COMPRESSION'), warn) ?? 'gzip',
    tls: isTls ? tlsOf(config.tls, variable) : undefined,
  };
}

interface Variable {
  readonly name: string;
  readonly value: string;
}

type VariableReader = (name: string) => Variable | undefined;

function variableReader(environment: Environment, signal: Signal): VariableReader {
  return (suffix) => {
    for (const name of [`OTEL_EXPORTER_OTLP_${signal}_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`]) {
      const value = environment[name]?.trim();
      if (value) return { name, value };
    }
    return undefined;
  };
}

function endpointOf(config: OtlpConfig, variable: Variable | undefined): Endpoint {
  const reading = readEndpoint(config.endpoint ?? variable?.value ?? DEFAULT_ENDPOINT);
  if (reading.kind === 'endpoint') return reading.endpoint;
  const where = config.endpoint === undefined && variable !== undefined ? variable.name : 'endpoint';
  throw new Error(`${where}: ${reading.message}`);
}

/** The key and the certificate come from the same place, so that one is never paired with a stranger. */
function tlsOf(tls: OtlpConfig['tls'], variable: VariableReader): TlsFiles {
  const caFile = tls.ca_file ?? variable('CERTIFICATE')?.value;
  const isConfigured = tls.cert_file !== undefined || tls.key_file !== undefined;
  const certFile = isConfigured ? tls.cert_file : variable('CLIENT_CERTIFICATE')?.value;
  const keyFile = isConfigured ? tls.key_file : variable('CLIENT_KEY')?.value;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const [given, missing] = certFile ? ['CERTIFICATE', 'KEY'] : ['KEY', 'CERTIFICATE'];
    throw new Error(
      `OTEL_EXPORTER_OTLP_CLIENT_${given} is set but OTEL_EXPORTER_OTLP_CLIENT_${missing} is not: TLS needs both`,
    );
  }
  return {
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined || keyFile === undefined ? {} : { certFile, keyFile }),
    ...(tls.server_name === undefined ? {} : { serverName: tls.server_name }),
  };
}

function timeoutOf(variable: Variable | undefined, warn: (message: string) => void): number | undefined {
  if (variable === undefined) return undefined;
  const millis = Number(variable.value);
  if (Number.isFinite(millis) && millis > 0) return millis;
  warn(`${variable.name}=${variable.value} is no number of milliseconds above 0; it is ignored`);
  return undefined;
}

function compressionOf(
  variable: Variable | undefined,
  warn: (message: string) => void,
): 'gzip' | 'none' | undefined {
  if (variable === undefined) return undefined;
  if (variable.value === 'gzip' || variable.value === 'none') return variable.value;
  warn(`${variable.name}=${variable.value} is neither gzip nor none; it is ignored`);
  return undefined;
}

/** `key=value,key2=value2` with percent-encoding. What cannot be read is named by its position: values are secret. */
function headersOf(
  environment: Environment,
  name: string,
  warn: (message: string) => void,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const pairs = (environment[name] ?? '').split(',');
  pairs.forEach((pair, index) => {
    if (pair.trim() === '') return;
    const header = headerOf(pair);
    if (header) headers[header.name] = header.value;
    else warn(`${name}: entry ${index + 1} is not key=value as a header can carry it; it is ignored`);
  });
  return headers;
}

function headerOf(pair: string): Variable | undefined {
  const separator = pair.indexOf('=');
  try {
    const name = decodeURIComponent(pair.slice(0, Math.max(separator, 0)).trim()).toLowerCase();
    const value = decodeURIComponent(pair.slice(separator + 1).trim());
    return headerProblem(name, value) === undefined ? { name, value } : undefined;
  } catch {
    return undefined;
  }
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
