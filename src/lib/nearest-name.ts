import { distance } from 'fastest-levenshtein';

/** Longer than any name that is worth a guess; also bounds the comparison, which is quadratic. */
const LONGEST = 80;

/**
 * The name that was probably meant: about a third of its characters may differ, whatever the case and whether words
 * are joined by `-` or `_`; or the only name that contains what was written: `connect` → `tcp_connect`.
 */
export function nearestName(seen: string, names: readonly string[]): string | undefined {
  if (seen.length > LONGEST) return undefined;
  const written = normal(seen);
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const edits = distance(written, normal(name));
    const allowed = allowedEdits(Math.max(written.length, name.length));
    if (edits < least && edits <= allowed && edits < written.length) {
      nearest = name;
      least = edits;
    }
  }
  return nearest ?? onlyNameWith(written, names);
}

/** Two letters swapped count as two edits, and that is the commonest slip, so four letters already may have two. */
function allowedEdits(length: number): number {
  return length < 4 ? 1 : Math.max(2, Math.floor(length / 3));
}

function onlyNameWith(written: string, names: readonly string[]): string | undefined {
  if (written.length < 3) return undefined;
  const containing = names.filter((name) => normal(name).includes(written));
  return containing.length === 1 ? containing[0] : undefined;
}

function normal(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}
