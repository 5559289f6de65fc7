import { printable } from '../lib/text-width.ts';

const MOST_CHARACTERS = 60;
const MOST_NAMES = 12;

/** A value as messages quote it: `"5 s"`, `12`, `a list`. One line, nothing that a terminal obeys, not too long. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? `"${shortened(value)}"` : shortened(String(value));
}

/** The same with the type in front, for messages about a wrong one: `the number 5`, `the text "5"`. */
export function showWithType(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return `the number ${show(value)}`;
    case 'boolean':
      return `the boolean ${show(value)}`;
    case 'string':
      return `the text ${show(value)}`;
    default:
      return value === null || value === undefined ? 'nothing' : show(value);
  }
}

/** `a, b, c`, cut when there are many. */
export function showNames(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return more > 0 ? `${names.slice(0, MOST_NAMES).join(', ')} and ${more} more` : names.join(', ');
}

function shortened(text: string): string {
  const line = printable(text.replace(/\s+/g, ' '));
  const characters = [...line.slice(0, 2 * MOST_CHARACTERS)];
  return characters.length > MOST_CHARACTERS ? `${characters.slice(0, MOST_CHARACTERS).join('')}…` : line;
}
