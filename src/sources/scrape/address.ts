import type { Endpoint } from './endpoint-poller.ts';

/** An address as it will be asked, or what is wrong with it, in one line and without what may be a secret. */
export type AddressReading =
  | { readonly kind: 'endpoint'; readonly endpoint: Endpoint }
  | { readonly kind: 'problem'; readonly message: string };

/** Reads `http://HOST:PORT/PATH`, or `HOST:PORT` for short. Without a path it is `defaultPath`. */
export function readAddress(text: string, defaultPath: string): AddressReading {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    return { kind: 'problem', message: 'is no address; write http://HOST:PORT/PATH, or HOST:PORT for short' };
  }
  if (url.username !== '' || url.password !== '') {
    return { kind: 'problem', message: 'must not hold a user or password; use headers or bearer_token' };
  }
  if (url.pathname === '/' && url.search === '') url.pathname = defaultPath;
  url.hash = '';
  const path = url.pathname === defaultPath ? '' : url.pathname;
  return { kind: 'endpoint', endpoint: { name: `${url.hostname}:${portOf(url)}${path}`, url } };
}

export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}
