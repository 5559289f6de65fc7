import { type LinkerdDocument, type Scope, type ScopeFigures, STAT_NAMES, type Stat } from './document.ts';
import { FIGURES } from './figures.ts';

const STAT_SUFFIX = new RegExp(`\\.(${STAT_NAMES.join('|')})$`);
const ROUTER_SCOPE = /^rt\/(.+?)\/(client|service|server|dst\/id|dst\/path|srv)\/(.+)$/s;
const OWN_CLIENT = /^clnt\/(.+)$/s;
/** A client's id is a path of its own, `$/inet/127.1/9091` or `#/io.l5d.fs/web`. */
const CLIENTS_BELOW_SERVICE = /^client\/(?=[$#]\/)/;
const MOST_WORDS = Math.max(...[...FIGURES.keys()].map((key) => key.split('/').length));
/** Words that lead to keys and never end an id: `…/service_creation/failures` are not the failures of a client. */
const INNER_WORDS: ReadonlySet<string> = new Set([
  'service_creation',
  'dtab',
  'serial',
  'dns',
  'cache',
  'namer',
]);

/**
 * The flat form: every key is the words of the tree joined by `/`. The figure is the longest known end of a key, and
 * what is left in front of it is the scope.
 */
export function readFlat(root: Readonly<Record<string, unknown>>): LinkerdDocument {
  const scopes = new Map<string, { scope: Scope; figures: Map<string, number | Stat> }>();
  for (const [key, value] of Object.entries(root)) {
    if (typeof value !== 'number' || !Number.isFinite(value)) continue;
    const stat = STAT_SUFFIX.exec(key)?.[1];
    const place = placeOf(stat === undefined ? key : key.slice(0, -stat.length - 1));
    if (!place || (FIGURES.get(place.key)?.kind === 'histogram') !== (stat !== undefined)) continue;
    const id = JSON.stringify(place.scope);
    const entry = scopes.get(id) ?? { scope: place.scope, figures: new Map() };
    scopes.set(id, entry);
    const known = entry.figures.get(place.key);
    const rest = typeof known === 'object' ? known : { count: 0 };
    entry.figures.set(place.key, stat === undefined ? value : { ...rest, [stat]: value });
  }
  const start = root['jvm/start_time'];
  const all: readonly ScopeFigures[] = [...scopes.values()];
  return { startMillis: typeof start === 'number' ? start : undefined, scopes: all };
}

function placeOf(key: string): { readonly scope: Scope; readonly key: string } | undefined {
  const own = OWN_CLIENT.exec(key);
  const [, router, kind, rest] = ROUTER_SCOPE.exec(key) ?? [];
  const end = endOf(own?.[1] ?? rest);
  if (!end) return undefined;
  if (own) return { scope: clientScope({}, end.id), key: end.key };
  if (kind === 'server' || kind === 'srv') return { scope: { router, server: end.id }, key: end.key };
  if (kind === 'client' || kind === 'dst/id') return { scope: clientScope({ router }, end.id), key: end.key };
  if (!CLIENTS_BELOW_SERVICE.test(end.id)) return { scope: { router, service: end.id }, key: end.key };
  return { scope: clientScope({ router }, end.id.replace(CLIENTS_BELOW_SERVICE, '')), key: end.key };
}

/** `$/inet/127.1/9091/loadbalancer/size` → the id and `loadbalancer/size`. */
function endOf(rest: string | undefined): { readonly id: string; readonly key: string } | undefined {
  const words = rest?.split('/') ?? [];
  for (let length = Math.min(MOST_WORDS, words.length - 1); length > 0; length--) {
    const key = words.slice(-length).join('/');
    if (!FIGURES.has(key)) continue;
    const id = words.slice(0, -length);
    return INNER_WORDS.has(id[id.length - 1]) ? undefined : { id: id.join('/'), key };
  }
  return undefined;
}

function clientScope(scope: Scope, id: string): Scope {
  const at = Math.max(id.lastIndexOf('/service/'), id.lastIndexOf('/path/'));
  if (at === -1) return { ...scope, client: id };
  return { ...scope, client: id.slice(0, at), service: id.slice(id.indexOf('/', at + 1) + 1) };
}
