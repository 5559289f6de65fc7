import { ExpressionError, type Token, tokensOf } from './tokens.ts';

type Values = (name: string) => number;

/** A part of an expression, ready to be computed: a number, or a condition that holds or not. */
type Node =
  | { readonly type: 'number'; readonly of: (values: Values) => number }
  | { readonly type: 'condition'; readonly of: (values: Values) => boolean };

export interface Condition {
  readonly holds: (values: Values) => boolean;
  /** Every name in it, with where it first stands. */
  readonly names: ReadonlyMap<string, number>;
}

// Maps and not objects: an object has "constructor" and more without being asked.
const COMPARISONS: ReadonlyMap<string, (a: number, b: number) => boolean> = new Map([
  ['<', (a: number, b: number) => a < b],
  ['<=', (a: number, b: number) => a <= b],
  ['>', (a: number, b: number) => a > b],
  ['>=', (a: number, b: number) => a >= b],
  ['==', (a: number, b: number) => a === b],
  ['!=', (a: number, b: number) => a !== b],
]);

type Arithmetic = ReadonlyMap<string, (a: number, b: number) => number>;

const SUMS: Arithmetic = new Map([
  ['+', (a: number, b: number) => a + b],
  ['-', (a: number, b: number) => a - b],
]);

const PRODUCTS: Arithmetic = new Map([
  ['*', (a: number, b: number) => a * b],
  ['/', (a: number, b: number) => a / b],
]);

const FUNCTIONS: ReadonlyMap<string, (...values: number[]) => number> = new Map([
  ['min', Math.min],
  ['max', Math.max],
  ['abs', Math.abs],
]);

/**
 * A condition such as `waiting > 10 and (errors / requests > 0.01 or not up == 1)`. Nothing is evaluated as code: the
 * grammar has numbers, names, arithmetic, comparisons, `and`, `or`, `not`, and the functions min, max and abs.
 *
 * ```
 * or      = and { "or" and }
 * and     = not { "and" not }
 * not     = "not" not | compare
 * compare = sum [ ( "<" | "<=" | ">" | ">=" | "==" | "!=" ) sum ]
 * sum     = product { ( "+" | "-" ) product }
 * product = sign { ( "*" | "/" ) sign }
 * sign    = "-" sign | NUMBER | NAME | FUNCTION "(" or { "," or } ")" | "(" or ")"
 * ```
 *
 * Throws ExpressionError with what is wrong and where.
 */
export function parseCondition(text: string): Condition {
  const parser = new Parser(tokensOf(text));
  const node = parser.whole();
  if (node.type !== 'condition')
    throw new ExpressionError('it is a number, and a condition is needed: compare it, as in "x > 10"', 0);
  return { holds: node.of, names: parser.names };
}

class Parser {
  readonly names = new Map<string, number>();
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Node {
    const node = this.#or();
    const { kind, text, at } = this.#peek();
    if (kind !== 'end') throw new ExpressionError(`"${text}" is one too many here`, at);
    return node;
  }

  #or(): Node {
    return this.#joined(
      'or',
      () => this.#and(),
      (a, b) => (values) => a(values) || b(values),
    );
  }

  #and(): Node {
    return this.#joined(
      'and',
      () => this.#not(),
      (a, b) => (values) => a(values) && b(values),
    );
  }

  #joined(
    word: string,
    operand: () => Node,
    join: (a: (values: Values) => boolean, b: (values: Values) => boolean) => (values: Values) => boolean,
  ): Node {
    const firstAt = this.#peek().at;
    let left = operand();
    while (this.#takes(word)) {
      const at = this.#peek().at;
      const [a, b] = [condition(left, firstAt, word), condition(operand(), at, word)];
      left = { type: 'condition', of: join(a, b) };
    }
    return left;
  }

  #not(): Node {
    if (!this.#takes('not')) return this.#compare();
    const at = this.#peek().at;
    const inner = condition(this.#not(), at, 'not');
    return { type: 'condition', of: (values) => !inner(values) };
  }

  #compare(): Node {
    const firstAt = this.#peek().at;
    const left = this.#sum();
    const compare = COMPARISONS.get(this.#peek().text);
    if (compare === undefined) return left;
    this.#next++;
    const at = this.#peek().at;
    const [a, b] = [number(left, firstAt), number(this.#sum(), at)];
    return { type: 'condition', of: (values) => compare(a(values), b(values)) };
  }

  #sum(): Node {
    return this.#arithmetic(() => this.#product(), SUMS);
  }

  #product(): Node {
    return this.#arithmetic(() => this.#sign(), PRODUCTS);
  }

  #arithmetic(operand: () => Node, operators: Arithmetic): Node {
    const firstAt = this.#peek().at;
    let left = operand();
    for (let compute = this.#oneOf(operators); compute; compute = this.#oneOf(operators)) {
      const apply = compute;
      const at = this.#peek().at;
      const [a, b] = [number(left, firstAt), number(operand(), at)];
      left = { type: 'number', of: (values) => apply(a(values), b(values)) };
    }
    return left;
  }

  #oneOf(operators: Arithmetic): ((a: number, b: number) => number) | undefined {
    const found = operators.get(this.#peek().text);
    if (found !== undefined) this.#next++;
    return found;
  }

  #sign(): Node {
    if (this.#takes('-')) {
      const at = this.#peek().at;
      const inner = number(this.#sign(), at);
      return { type: 'number', of: (values) => -inner(values) };
    }
    if (this.#takes('(')) return this.#closed(this.#or());
    const token = this.#peek();
    this.#next++;
    if (token.kind === 'number') {
      const value = Number(token.text);
      return { type: 'number', of: () => value };
    }
    if (token.kind !== 'name' || ['and', 'or', 'not'].includes(token.text)) throw unexpected(token);
    return this.#peek().text === '(' ? this.#call(token) : this.#name(token);
  }

  #name({ text, at }: Token): Node {
    if (FUNCTIONS.has(text))
      throw new ExpressionError(`${text} needs its values in brackets: ${text}(…)`, at);
    if (!this.names.has(text)) this.names.set(text, at);
    return { type: 'number', of: (values) => values(text) };
  }

  #call({ text, at }: Token): Node {
    const apply = FUNCTIONS.get(text);
    if (apply === undefined)
      throw new ExpressionError(
        `there is no function "${text}"; functions: ${[...FUNCTIONS.keys()].join(', ')}`,
        at,
      );
    this.#next++;
    const operands: ((values: Values) => number)[] = [];
    do {
      const operandAt = this.#peek().at;
      operands.push(number(this.#or(), operandAt));
    } while (this.#takes(','));
    return this.#closed({
      type: 'number',
      of: (values) => apply(...operands.map((operand) => operand(values))),
    });
  }

  #closed(node: Node): Node {
    const token = this.#peek();
    if (!this.#takes(')'))
      throw new ExpressionError(
        token.kind === 'end' ? 'a closing bracket is missing' : `"${token.text}" where a ")" is expected`,
        token.at,
      );
    return node;
  }

  #takes(text: string): boolean {
    if (this.#peek().text !== text || this.#peek().kind === 'end') return false;
    this.#next++;
    return true;
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#next, this.#tokens.length - 1)];
  }
}

function unexpected({ kind, text, at }: Token): ExpressionError {
  const seen = kind === 'end' ? 'it ends' : `"${text}" stands`;
  return new ExpressionError(`${seen} where a number, a name or "(" is expected`, at);
}

function number(node: Node, at: number): (values: Values) => number {
  if (node.type === 'number') return node.of;
  throw new ExpressionError('a comparison stands where a number is expected', at);
}

function condition(node: Node, at: number, word: string): (values: Values) => boolean {
  if (node.type === 'condition') return node.of;
  throw new ExpressionError(`a number stands where "${word}" needs a comparison, as in "x > 10"`, at);
}
