/** Where to connect, as gRPC wants it. */
export interface Endpoint {
  /** As the user wrote it, for messages. */
  readonly shown: string;
  /** gRPC's target: `collector:4317`, `[::1]:4317`, `unix:///run/otel.sock`. */
  readonly target: string;
  /** What the scheme says; `undefined` without one, where the `insecure` setting decides. */
  readonly tls: boolean | undefined;
}

/** The endpoint, or what is wrong with it in one line. */
export type EndpointReading =
  | { readonly kind: 'endpoint'; readonly endpoint: Endpoint }
  | { readonly kind: 'problem'; readonly message: string };

const DEFAULT_PORT = '4317';

/**
 * Reads `http://host:4317`, `https://host`, `host:4317` or `unix:///path`. The host and port are taken from the
 * text and not through `URL`, which drops a port that is the scheme's default (`http://host:80`).
 */
export function readEndpoint(text: string): EndpointReading {
  const shown = text.trim();
  if (/^unix:/.test(shown)) return endpoint(shown, shown, false);
  const match = /^(?:(https?):\/\/)?(\[[0-9a-fA-F:.]+\]|[^/:?#@[\]\s]+)(?::([0-9]+))?(\/.*)?$/i.exec(shown);
  if (!match) {
    return problem(
      `"${withoutUser(shown)}" is no endpoint; write http://HOST:PORT, https://HOST:PORT or HOST:PORT`,
    );
  }
  const [, scheme, host, port, path] = match;
  if (path !== undefined && path !== '/') {
    const hint = path.startsWith('/v1/') ? ' (a path belongs to OTLP over HTTP, port 4318)' : '';
    return problem(
      `the endpoint has the path ${path}, and gRPC has none${hint}; write ${host}:${DEFAULT_PORT}`,
    );
  }
  if (Number(port) > 65_535) return problem(`port ${port} is above 65535`);
  const tls = scheme === undefined ? undefined : scheme.toLowerCase() === 'https';
  return endpoint(shown, `${host}:${port ?? (tls ? '443' : DEFAULT_PORT)}`, tls);
}

/** `user:password@` is not allowed in an endpoint, and must not end up in a message either. */
function withoutUser(text: string): string {
  return text.replace(/[^/]*@/, '…@');
}

function endpoint(shown: string, target: string, tls: boolean | undefined): EndpointReading {
  return { kind: 'endpoint', endpoint: { shown, target, tls } };
}

function problem(message: string): EndpointReading {
  return { kind: 'problem', message };
}
