import type { AnyComponent } from '../component.ts';
import { nearestName } from '../lib/nearest-name.ts';
import type { ObjectSchema, Schema } from '../schema.ts';
import type { Registry } from './model.ts';
import { fullSchemaOf, holdsSecret, SECTIONS } from './schemas.ts';
import {
  type ConfigNode,
  entryOf,
  type ListNode,
  type MapEntry,
  type MapNode,
  type ScalarNode,
  type Span,
} from './tree.ts';

/** What no output may show: where secrets stand in the file, and their values. */
export interface Secrets {
  /** Scalars whose text is hidden. */
  readonly nodes: ReadonlySet<ScalarNode>;
  /** What to mask when a line is printed. A bare `${NAME}` is not here: it only names a secret. */
  readonly spans: readonly Span[];
  /** To hide wherever else they turn up. */
  readonly values: readonly string[];
}

/** Hiding every `a` wherever it stands would make all output unreadable and protect nothing. */
const SHORTEST_VALUE = 4;

/**
 * Collects the values of all fields that a schema marks secret. A mistake in the file must not uncover one, so
 * when in doubt a value is hidden: one of the wrong type, one under an unknown key beside secret fields, one whose
 * key is that of a secret field but stands where no schema applies.
 */
export function findSecrets(root: ConfigNode, registry: Registry): Secrets {
  const nodes = new Set<ScalarNode>();
  const hide = (node: ConfigNode): void => {
    if (node.kind === 'scalar') nodes.add(node);
    else for (const child of childrenOf(node)) hide(child);
  };
  hideByName(root, secretNames(registry), hide);
  for (const section of SECTIONS) {
    const components: readonly AnyComponent[] = registry[section];
    const entries = entryOf(root, section)?.value;
    if (entries?.kind !== 'map') continue;
    for (const { key, value } of allEntries(entries)) {
      const component = components.find(({ id }) => id === key.split('/', 1)[0]);
      if (component !== undefined) hideBySchema(value, fullSchemaOf(component), hide);
    }
  }
  const textual = [...nodes].filter(({ value }) => value !== null && typeof value !== 'boolean');
  const values = textual.map(({ value }) => String(value).trim());
  return {
    nodes,
    spans: [...nodes].filter(({ isBareReference }) => !isBareReference).map(({ span }) => span),
    values: [...new Set(values)].filter((value) => value.length >= SHORTEST_VALUE),
  };
}

type Hide = (node: ConfigNode) => void;

function hideBySchema(node: ConfigNode, schema: Schema, hide: Hide): void {
  if (!holdsSecret(schema)) return;
  if (schema.type === 'object' && node.kind === 'map') {
    for (const { key, value } of allEntries(node)) {
      const field = schema.properties === undefined ? schema.additionalProperties : meantField(schema, key);
      if (field === undefined) hide(value);
      else hideBySchema(value, field, hide);
    }
  } else if (schema.type === 'array' && node.kind === 'list') {
    for (const item of node.items) hideBySchema(item, schema.items, hide);
  } else {
    hide(node);
  }
}

/** The field of this name, or the one that was probably meant. */
function meantField({ properties }: ObjectSchema, key: string): Schema | undefined {
  const name = Object.hasOwn(properties, key) ? key : nearestName(key, Object.keys(properties));
  return name === undefined ? undefined : properties[name];
}

function hideByName(node: ConfigNode, names: ReadonlySet<string>, hide: Hide): void {
  if (node.kind === 'list') for (const item of node.items) hideByName(item, names, hide);
  if (node.kind !== 'map') return;
  for (const { key, value } of allEntries(node)) {
    if (names.has(key)) hide(value);
    else hideByName(value, names, hide);
  }
}

function allEntries(node: MapNode): readonly MapEntry[] {
  return [...node.entries, ...node.shadowed];
}

function childrenOf(node: ListNode | MapNode): readonly ConfigNode[] {
  return node.kind === 'list' ? node.items : allEntries(node).map(({ value }) => value);
}

/** Keys below which there are only secrets: `token`, or `headers` when every header is one. */
export function secretNames(registry: Registry): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (schema: Schema): void => {
    if (schema.type === 'array') visit(schema.items);
    if (schema.type === 'object' && schema.properties === undefined) visit(schema.additionalProperties);
    if (schema.type !== 'object' || schema.properties === undefined) return;
    for (const [name, field] of Object.entries(schema.properties)) {
      if (isSecretThroughout(field)) names.add(name);
      else visit(field);
    }
  };
  for (const section of SECTIONS) {
    for (const component of registry[section] as readonly AnyComponent[]) visit(component.schema);
  }
  return names;
}

function isSecretThroughout(schema: Schema): boolean {
  if (schema.type === 'array') return isSecretThroughout(schema.items);
  if (schema.type !== 'object') return holdsSecret(schema);
  return schema.properties === undefined && isSecretThroughout(schema.additionalProperties);
}
