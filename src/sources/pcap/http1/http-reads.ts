import type { AttributeSpec } from '../events/attributes.ts';

const REQUEST_HEADER = 'http.request.header.';
const RESPONSE_HEADER = 'http.response.header.';
const REQUEST_LINE = 'lagpipe.http.request.line';
const USER_AGENT = 'user-agent';

export interface HeaderConfig {
  readonly request_headers: readonly string[];
  readonly response_headers: readonly string[];
  readonly max_text: number;
}

/** What of HTTP messages somebody reads: by name, or because the config asks for it and everything is read. */
export interface HttpReads {
  /** In lower case. The values of an exchange's headers lie in this order. */
  readonly requestHeaders: readonly string[];
  readonly responseHeaders: readonly string[];
  readonly attributes: readonly AttributeSpec[];
  /** The request's target: as many texts as requests, where nobody asked for it. */
  readonly target: boolean;
  /** The version of a request, which most lines are without. */
  readonly requestProtocol: boolean;
  readonly requestHead: boolean;
  readonly requestBody: boolean;
  readonly responseHead: boolean;
  readonly responseBody: boolean;
  readonly maxText: number;
}

export function httpReads(config: HeaderConfig, attributesRead: ReadonlySet<string> | undefined): HttpReads {
  const requestHeaders = headersRead(REQUEST_HEADER, config.request_headers, attributesRead);
  const responseHeaders = headersRead(RESPONSE_HEADER, config.response_headers, attributesRead);
  if (attributesRead?.has('user_agent.original') ?? true) requestHeaders.add(USER_AGENT);
  const has = (...names: readonly string[]) => names.some((name) => attributesRead?.has(name) ?? false);
  const all = attributesRead === undefined;
  return {
    requestHeaders: [...requestHeaders],
    responseHeaders: [...responseHeaders],
    attributes: [
      ...[...requestHeaders].map((name) => headerAttribute(REQUEST_HEADER + name)),
      ...[...responseHeaders].map((name) => headerAttribute(RESPONSE_HEADER + name)),
    ],
    target: all || has('url.original', REQUEST_LINE),
    requestProtocol: all || has('network.protocol.version', 'lagpipe.http.request.protocol', REQUEST_LINE),
    requestHead: has('lagpipe.http.request.head', 'lagpipe.exchange.request.raw'),
    requestBody: has('lagpipe.http.request.body', 'lagpipe.exchange.request.raw'),
    responseHead: has('lagpipe.http.response.head', 'lagpipe.exchange.response.raw'),
    responseBody: has('lagpipe.http.response.body', 'lagpipe.exchange.response.raw'),
    maxText: config.max_text,
  };
}

/** Those that are named, and those of the config that nothing keeps from being read. */
function headersRead(
  prefix: string,
  configured: readonly string[],
  attributesRead: ReadonlySet<string> | undefined,
): Set<string> {
  const wanted = configured.map((name) => name.toLowerCase());
  if (attributesRead === undefined) return new Set(wanted);
  const named = [...attributesRead].filter((name) => name.startsWith(prefix));
  return new Set(named.map((name) => name.slice(prefix.length)));
}

function headerAttribute(name: string): AttributeSpec {
  return { name, unit: '', kind: 'text', meaning: 'the header of this name' };
}
