import { isRecord } from '../../../lib/json-shape.ts';
import { type LinkerdDocument, type Scope, type ScopeFigures, STAT_NAMES, type Stat } from './document.ts';
import { FIGURES, type Figure } from './figures.ts';

type Json = Readonly<Record<string, unknown>>;

const PATHS = [...FIGURES].map(([key, figure]) => ({ key, figure, keys: key.split('/') }));

/** Until 0.8.x the scopes had other names (linkerd's CHANGES.md for 0.9). */
const OLD_AND_NEW = {
  client: [['client'], ['dst', 'id']],
  service: [['service'], ['dst', 'path']],
  server: [['server'], ['srv']],
} as const;

/** The nested form: a leaf holds `counter`, `gauge` or `stat.count`, `stat.p50`, …, and can have children too. */
export function readTree(root: Json): LinkerdDocument {
  const scopes: ScopeFigures[] = [];
  for (const [router, node] of childrenOf(childOf(root, 'rt'))) {
    for (const path of OLD_AND_NEW.client) addClients(scopes, { router }, descend(node, path));
    for (const path of OLD_AND_NEW.service) addServices(scopes, { router }, descend(node, path));
    for (const path of OLD_AND_NEW.server) {
      for (const [server, figures] of childrenOf(descend(node, path)))
        add(scopes, { router, server }, figures);
    }
  }
  addClients(scopes, {}, childOf(root, 'clnt'));
  const start = numberAt(childOf(childOf(root, 'jvm'), 'start_time'), 'gauge');
  return { startMillis: start, scopes };
}

function addClients(scopes: ScopeFigures[], scope: Scope, clients: Json | undefined): void {
  for (const [client, node] of childrenOf(clients)) {
    add(scopes, { ...scope, client }, node);
    for (const within of ['service', 'path']) {
      for (const [service, figures] of childrenOf(childOf(node, within))) {
        add(scopes, { ...scope, client, service }, figures);
      }
    }
  }
}

/** Some documents have a router's clients below `service/client`: that is no service called `client`. */
function addServices(scopes: ScopeFigures[], scope: Scope, services: Json | undefined): void {
  for (const [service, node] of childrenOf(services)) {
    if (service === 'client' && isMapOfClients(node)) addClients(scopes, scope, node);
    else add(scopes, { ...scope, service }, node);
  }
}

function isMapOfClients(node: Json): boolean {
  return childrenOf(node).some(([, child]) => isRecord(child.connects));
}

function add(scopes: ScopeFigures[], scope: Scope, node: Json): void {
  const figures = new Map<string, number | Stat>();
  for (const { key, figure, keys } of PATHS) {
    const leaf = descend(node, keys);
    const value = leaf && figureIn(leaf, figure);
    if (value !== undefined) figures.set(key, value);
  }
  if (figures.size > 0) scopes.push({ scope, figures });
}

function figureIn(leaf: Json, { kind }: Figure): number | Stat | undefined {
  if (kind !== 'histogram') return numberAt(leaf, kind);
  const count = numberAt(leaf, 'stat.count');
  if (count === undefined) return undefined;
  const stat: Record<string, number> = {};
  for (const name of STAT_NAMES) {
    const value = numberAt(leaf, `stat.${name}`);
    if (value !== undefined) stat[name] = value;
  }
  return { ...stat, count };
}

function childrenOf(node: Json | undefined): [string, Json][] {
  return Object.entries(node ?? {}).filter((entry): entry is [string, Json] => isRecord(entry[1]));
}

function childOf(node: Json | undefined, key: string): Json | undefined {
  const child = node && Object.hasOwn(node, key) ? node[key] : undefined;
  return isRecord(child) ? child : undefined;
}

function descend(node: Json | undefined, keys: readonly string[]): Json | undefined {
  let at = node;
  for (const key of keys) at = childOf(at, key);
  return at;
}

function numberAt(node: Json | undefined, key: string): number | undefined {
  const value = node && Object.hasOwn(node, key) ? node[key] : undefined;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
