import type { Span } from './tree.ts';

/**
 * What stands behind a key of this name, going by lines and indentation alone: for files whose syntax is wrong, so
 * that nobody can tell for certain where a value ends. It takes too much rather than too little: the rest of the
 * line, and all lines below that are indented more or are a list's at the same indentation.
 */
export function maskBehindKeys(text: string, names: ReadonlySet<string>): readonly Span[] {
  const spans: Span[] = [];
  let masked: number | undefined;
  let start = 0;
  for (const line of text.split('\n')) {
    const end = start + line.length;
    const lead = /^[\s-]*/.exec(line)?.[0] ?? '';
    // A tab that stands where it may not still looks like an indentation, and a deep one.
    const indent = lead.replaceAll('\t', ' '.repeat(8)).length;
    const isBelow = masked !== undefined && (line.trim() === '' || indent > masked);
    if (isBelow) {
      spans.push({ start: start + lead.length, end });
    } else {
      const behind = behindKey(line, names);
      masked = behind === undefined ? undefined : indent;
      if (behind !== undefined) spans.push({ start: start + behind, end });
    }
    start = end + 1;
  }
  return spans;
}

/** Where the text behind the line's first such key begins. */
function behindKey(line: string, names: ReadonlySet<string>): number | undefined {
  for (const match of line.matchAll(/["']?([\w.-]+)["']?\s*:/g)) {
    if (names.has(match[1])) return match.index + match[0].length;
  }
  return undefined;
}
