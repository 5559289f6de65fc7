export interface Token {
  readonly kind: 'number' | 'name' | 'operator' | 'end';
  readonly text: string;
  /** From 0, in the text of the expression. */
  readonly at: number;
}

/** What is wrong with an expression, and where. */
export class ExpressionError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const TOKEN =
  /\s*(?:([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|([A-Za-z_][A-Za-z0-9_]*)|(<=|>=|==|!=|[-+*/<>(),]))/y;

/** Longer than any condition that a person can check, and short enough that nesting cannot exhaust the stack. */
const LONGEST = 1000;

/** The words and signs of an expression, with an end behind the last. */
export function tokensOf(text: string): readonly Token[] {
  if (text.length > LONGEST)
    throw new ExpressionError(`it has ${text.length} characters; allowed: at most ${LONGEST}`, LONGEST);
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) {
      const at = from + (/^\s*/.exec(text.slice(from))?.[0].length ?? 0);
      throw new ExpressionError(`"${text[at]}" means nothing here`, at);
    }
    const [whole, number, name, operator] = match;
    const kind = number !== undefined ? 'number' : name !== undefined ? 'name' : 'operator';
    const found = number ?? name ?? operator;
    tokens.push({ kind, text: found, at: from + whole.length - found.length });
  }
  return [...tokens, { kind: 'end', text: '', at: end }];
}
