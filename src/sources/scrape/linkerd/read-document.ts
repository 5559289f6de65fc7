import { isRecord, parseJsonBytes } from '../../../lib/json-shape.ts';
import type { LinkerdDocument } from './document.ts';
import { readFlat } from './flat-document.ts';
import { readTree } from './tree-document.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * `/admin/metrics.json` of linkerd 1.x, nested (`?tree=1`) or flat. `undefined` when it is neither. Only the tree is
 * unambiguous: there a client's id is one key, and in a flat key an id is among other words with slashes of its own.
 */
export function readDocument(bytes: Uint8Array): LinkerdDocument | undefined {
  const root = parseJsonBytes(bytes);
  if (!isRecord(root)) return undefined;
  return isFlat(root) ? readFlat(root) : readTree(root);
}

function isFlat(root: Json): boolean {
  for (const value of Object.values(root)) return typeof value === 'number';
  return false;
}
