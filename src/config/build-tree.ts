import {
  type Alias,
  type Document,
  isAlias,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  type YAMLMap,
} from 'yaml';
import { LineIndex } from '../lib/line-index.ts';
import { show } from './show.ts';
import { type Environment, substitute } from './substitute.ts';
import {
  type ConfigNode,
  errorAt,
  type Fault,
  type Finding,
  isFaulty,
  type MapEntry,
  type MapNode,
  type ScalarNode,
  type Span,
} from './tree.ts';

/** A few lines of aliases can stand for billions of values ("billion laughs"); no real file comes near this. */
const MOST_VALUES = 50_000;
const DEEPEST = 32;

const NOTHING: ConfigNode = {
  kind: 'scalar',
  span: { start: 0, end: 0 },
  value: null,
  faults: [],
  isBareReference: false,
};

/** The document as a tree, and what is wrong with it that needs no schema to tell. */
export function buildTree(
  document: Document.Parsed,
  text: string,
  environment: Environment,
): { readonly root: ConfigNode; readonly findings: readonly Finding[] } {
  const builder = new TreeBuilder(document, text, environment);
  const root = builder.build(document.contents, 0);
  return { root, findings: builder.findings };
}

class TreeBuilder {
  readonly findings: Finding[] = [];
  readonly #document: Document.Parsed;
  readonly #text: string;
  readonly #lines: LineIndex;
  readonly #environment: Environment;
  readonly #anchors = new Map<string, ConfigNode>();
  /** How many values hang at and below a node, each alias counted in full. */
  readonly #sizes = new WeakMap<ConfigNode, number>();
  #aliasedValues = 0;
  #tooMuch: ConfigNode | undefined;

  constructor(document: Document.Parsed, text: string, environment: Environment) {
    this.#document = document;
    this.#text = text;
    this.#lines = new LineIndex(text);
    this.#environment = environment;
  }

  build(node: Node | null | undefined, depth: number): ConfigNode {
    if (!node) return NOTHING;
    if (depth > DEEPEST) return faulty(spanOf(node), `this is nested more than ${DEEPEST} levels deep`);
    if (isAlias(node)) return this.#alias(node);
    const built = this.#withoutAnchor(node, depth);
    // An anchor is known only behind its node, so an alias inside of it finds nothing and cannot go in circles.
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, built);
    return built;
  }

  #withoutAnchor(node: Exclude<Node, Alias>, depth: number): ConfigNode {
    if (isScalar(node)) return this.#scalar(node);
    const span = spanOf(node);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.build(item as Node | null, depth + 1));
      return this.#sized({ kind: 'list', span, isFlow: node.flow === true, items }, items);
    }
    const { entries, shadowed } = this.#entries(node as YAMLMap<Node, Node | null>, depth);
    const children = [...entries, ...shadowed].map(({ value }) => value);
    return this.#sized({ kind: 'map', span, isFlow: node.flow === true, entries, shadowed }, children);
  }

  #alias(alias: Alias): ConfigNode {
    const span = spanOf(alias);
    const target = this.#anchors.get(alias.source);
    if (target === undefined) return faulty(span, `no anchor &${alias.source} stands before this alias`);
    this.#aliasedValues += this.#sizes.get(target) ?? 1;
    if (this.#aliasedValues <= MOST_VALUES) return target;
    this.#tooMuch ??= faulty(span, `the aliases up to here stand for more than ${MOST_VALUES} values`);
    return this.#tooMuch;
  }

  #entries(map: YAMLMap<Node, Node | null>, depth: number): Pick<MapNode, 'entries' | 'shadowed'> {
    const own = new Map<string, MapEntry>();
    const merged: MapEntry[] = [];
    const shadowed: MapEntry[] = [];
    for (const pair of map.items) {
      if (isMergeKey(pair)) {
        merged.push(...this.#merge(pair, depth));
        continue;
      }
      const entry = this.#entry(pair, depth);
      const refusal = this.#refusal(entry, own);
      if (refusal === undefined) own.set(entry.key, entry);
      else this.#error(entry.keySpan, refusal);
      if (refusal !== undefined) shadowed.push(entry);
    }
    // What is written here wins over what is merged, and what is merged first over what is merged later.
    for (const entry of merged) {
      if (own.has(entry.key)) shadowed.push(entry);
      else own.set(entry.key, entry);
    }
    return { entries: [...own.values()], shadowed };
  }

  /** Why an entry cannot be taken, if so. */
  #refusal({ key }: MapEntry, own: ReadonlyMap<string, MapEntry>): string | undefined {
    // Setting it on an object would change what the object is.
    if (key === '__proto__') return '"__proto__" cannot be used as a key';
    const earlier = own.get(key);
    if (earlier === undefined) return undefined;
    const line = this.#lines.lineAt(earlier.keySpan.start).number;
    return `${show(key)} is already given in line ${line}; remove one of the two`;
  }

  #entry({ key, value }: Pair<Node, Node | null>, depth: number): MapEntry {
    const keySpan = spanOf(key);
    const name = isScalar(key) ? String(key.value ?? '') : '';
    const built = this.build(value, depth + 1);
    // Nothing after the colon: there is no text to point at, so the key stands for it.
    const isEmpty = built.kind === 'scalar' && built.span.end <= built.span.start;
    return { key: name, keySpan, value: isEmpty ? { ...built, span: keySpan } : built };
  }

  #merge({ key, value }: Pair<Node, Node | null>, depth: number): readonly MapEntry[] {
    const built = this.build(value, depth + 1);
    const parts = built.kind === 'list' ? built.items : [built];
    if (!parts.every((part): part is MapNode => part.kind === 'map')) {
      const known = !parts.some(isFaulty);
      if (known) this.#error(spanOf(key), '<< merges a mapping, or a list of mappings, and this is neither');
      return [];
    }
    return parts.flatMap((part) => part.entries);
  }

  #scalar(node: Scalar): ScalarNode {
    const span = spanOf(node);
    const unchanged = node.value as ScalarNode['value'];
    const written = node.source ?? '';
    const { text, faults, changed, isBareReference } = substitute(written, this.#environment);
    const value = changed ? this.#typed(node, text) : unchanged;
    return { kind: 'scalar', span, value, faults: this.#located(faults, span), isBareReference };
  }

  /** A plain scalar gets its type after substitution (`${PORT}` may be a number); a quoted one stays text. */
  #typed(node: Scalar, text: string): ScalarNode['value'] {
    if (node.type !== Scalar.PLAIN || node.tag !== undefined) return text;
    for (const tag of this.#document.schema.tags) {
      if (tag.collection || tag.default !== true || !tag.test?.test(text)) continue;
      const resolved = tag.resolve(text, () => {}, {});
      return (isScalar(resolved) ? resolved.value : resolved) as ScalarNode['value'];
    }
    return text;
  }

  /** Finds each reference in the file's text, where it may look different (escapes): then the whole scalar. */
  #located(
    faults: readonly { readonly reference: string; readonly message: string }[],
    span: Span,
  ): readonly Fault[] {
    let from = span.start;
    return faults.map(({ reference, message }) => {
      const start = this.#text.indexOf(reference, from);
      if (start === -1 || start >= span.end) return { span, message };
      from = start + reference.length;
      return { span: { start, end: from }, message };
    });
  }

  #sized<N extends ConfigNode>(node: N, children: readonly ConfigNode[]): N {
    const size = children.reduce((sum, child) => sum + (this.#sizes.get(child) ?? 1), 1);
    this.#sizes.set(node, size);
    return node;
  }

  #error(span: Span, message: string): void {
    this.findings.push(errorAt(span, message));
  }
}

function isMergeKey({ key }: Pair<Node, Node | null>): boolean {
  return isScalar(key) && key.value === '<<' && key.type === Scalar.PLAIN;
}

/** Stands for what cannot be known, so that only this is said about it. */
function faulty(span: Span, message: string): ConfigNode {
  return { kind: 'scalar', span, value: null, faults: [{ span, message }], isBareReference: false };
}

function spanOf(node: Node): Span {
  const [start, end] = node.range ?? [0, 0];
  return { start, end };
}
