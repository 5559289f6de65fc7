const STYLE = /\x1b\[[0-9;]*m/y;

/** Nearly every cell of a table, so measured without a look at each character. */
const ONE_COLUMN_EACH = /^[\x20-\x7e\xa1-\xac\xae-\xff]*$/;

/** Ranges of code points that a terminal draws two columns wide (Unicode's East Asian Width W and F, in short). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
];

/** How many columns of a terminal the text takes. Colours (SGR sequences) take none, combining marks neither. */
export function displayWidth(text: string): number {
  if (ONE_COLUMN_EACH.test(text)) return text.length;
  let width = 0;
  for (const token of tokensOf(text)) width += token.width;
  return width;
}

/** At most `columns` wide; what is cut ends in `…`. Colours are kept, and switched off behind a cut. */
export function cutToWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = '';
  let width = 0;
  let styled = false;
  for (const token of tokensOf(text)) {
    if (width + token.width > columns - 1) break;
    styled ||= token.text.startsWith('\x1b');
    width += token.width;
    kept += token.text;
  }
  return `${kept}${columns > 0 ? '…' : ''}${styled ? '\x1b[0m' : ''}`;
}

/**
 * The text without anything that a terminal would obey. Process names and paths are chosen by strangers, and
 * an escape sequence in one could retitle the window or hide other rows.
 */
export function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?');
}

function* tokensOf(text: string): Generator<{ readonly text: string; readonly width: number }> {
  for (let at = 0; at < text.length; ) {
    STYLE.lastIndex = at;
    const style = STYLE.exec(text)?.[0];
    const token = style ?? String.fromCodePoint(text.codePointAt(at) ?? 0);
    yield { text: token, width: style === undefined ? widthOf(token) : 0 };
    at += token.length;
  }
}

function widthOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (/\p{Mn}|\p{Me}|\u200b|\u200d/u.test(character)) return 0;
  return WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}
