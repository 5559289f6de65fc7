/** A part of the file's text, in UTF-16 code units; `end` is not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The file as values that know where they stand. Aliases and merge keys are resolved, so that one node may hang in
 * several places; environment references are replaced.
 */
export type ConfigNode = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly span: Span;
  readonly value: string | number | boolean | null;
  /** Why the value is not known (an alias or an environment reference that leads nowhere); then nobody judges it. */
  readonly faults: readonly Fault[];
  /** It is one reference and nothing else (`${TOKEN}`), so that its text holds no secret, only a name. */
  readonly isBareReference: boolean;
}

export interface Fault {
  readonly span: Span;
  readonly message: string;
}

export interface ListNode {
  readonly kind: 'list';
  readonly span: Span;
  /** Written in brackets, so that it can be pointed at; otherwise it is lines of its own. */
  readonly isFlow: boolean;
  readonly items: readonly ConfigNode[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly span: Span;
  /** Written in brackets, so that it can be pointed at; otherwise it is lines of its own. */
  readonly isFlow: boolean;
  /** In file order; no key twice. */
  readonly entries: readonly MapEntry[];
  /** Written, but without effect: a second one of its key, or merged where the key is given. It may hold a secret. */
  readonly shadowed: readonly MapEntry[];
}

export interface MapEntry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: ConfigNode;
}

/** Something wrong, and where. Becomes a problem once it is known what to mask. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly span: Span;
  readonly message: string;
}

export function errorAt(span: Span, message: string): Finding {
  return { severity: 'error', span, message };
}

/** The plain value, for validation. Keys that JavaScript treats specially were refused when the tree was built. */
export function plainValue(node: ConfigNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plainValue);
    case 'map':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, plainValue(value)]));
  }
}

export function isFaulty(node: ConfigNode): boolean {
  return node.kind === 'scalar' && node.faults.length > 0;
}

export function entryOf(node: ConfigNode, key: string): MapEntry | undefined {
  return node.kind === 'map' ? node.entries.find((entry) => entry.key === key) : undefined;
}

/** Calls `visit` for every scalar at and below the node. */
export function eachScalar(node: ConfigNode, visit: (scalar: ScalarNode) => void): void {
  if (node.kind === 'scalar') visit(node);
  else if (node.kind === 'list') for (const item of node.items) eachScalar(item, visit);
  else for (const entry of node.entries) eachScalar(entry.value, visit);
}
