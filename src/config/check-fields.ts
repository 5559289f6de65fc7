import type { ObjectSchema, Schema } from '../schema.ts';
import type { Secrets } from './find-secrets.ts';
import { suggestion, valueMessage } from './messages.ts';
import { show, showNames } from './show.ts';
import {
  type ConfigNode,
  eachScalar,
  entryOf,
  errorAt,
  type Finding,
  isFaulty,
  type MapEntry,
  plainValue,
  type Span,
} from './tree.ts';
import { duplicateIndex, type SchemaError, schemaErrors } from './validator.ts';

/** An entry's value as its schema sees it: nothing at all means that every field keeps its default. */
export function fieldsOf({ value }: MapEntry): unknown {
  return value.kind === 'scalar' && value.value === null ? {} : plainValue(value);
}

/** What the schema has against an entry's value, one finding for each mistake. */
export function checkFields(entry: MapEntry, schema: ObjectSchema, secrets: Secrets): readonly Finding[] {
  if (isFaulty(entry.value)) return [];
  const errors = withoutConsequences(schemaErrors(schema, fieldsOf(entry)));
  return errors.flatMap((error) => {
    const place = placeOf(entry, pointerKeys(error.instancePath));
    return place === undefined || isFaulty(place.node) ? [] : findingOf(error, place, secrets);
  });
}

/** Whether all values at and below are known, so that rules between them can be judged. */
export function isKnown(node: ConfigNode): boolean {
  let known = true;
  eachScalar(node, (scalar) => {
    if (isFaulty(scalar)) known = false;
  });
  return known;
}

/** A value in an entry, with what to point at. */
export interface Place {
  readonly node: ConfigNode;
  /** The key that holds it; for an item of a list, the item. */
  readonly keySpan: Span;
  /** `proc.queue`, for what it has or lacks. */
  readonly owner: string;
  /** `queue.size`, as a user would name the field. */
  readonly field: string;
}

/** The value at a path below an entry, or `undefined` when it is not written there. */
export function placeOf(entry: MapEntry, path: readonly (string | number)[]): Place | undefined {
  let node = entry.value;
  let keySpan = entry.keySpan;
  let field = '';
  for (const key of path) {
    if (node.kind === 'list') {
      const item: ConfigNode | undefined = node.items[Number(key)];
      if (item === undefined) return undefined;
      node = item;
      keySpan = item.span;
      field += `[${key}]`;
    } else {
      const inner = entryOf(node, String(key));
      if (inner === undefined) return undefined;
      node = inner.value;
      keySpan = inner.keySpan;
      field += field === '' ? key : `.${key}`;
    }
  }
  const owner = field === '' ? entry.key : `${entry.key}.${field}`;
  return { node, keySpan, owner, field: field === '' ? entry.key : field };
}

/** The value itself where it has a text of its own, otherwise the key that leads to it. */
export function spanOfValue({ node, keySpan }: Place): Span {
  return node.kind === 'scalar' || node.isFlow ? node.span : keySpan;
}

function findingOf(error: SchemaError, place: Place, secrets: Secrets): Finding[] {
  if (error.keyword === 'additionalProperties') return [unknownField(error, place)];
  if (error.keyword === 'required') return [missingField(error, place)];
  if (error.keyword === 'uniqueItems') return duplicateItem(place, secrets);
  const isSecret = hasSecret(place.node, secrets);
  return [errorAt(spanOfValue(place), valueMessage(error, place.field, isSecret))];
}

function unknownField(error: SchemaError, { node, keySpan, owner }: Place): Finding {
  const key = (error.params as { additionalProperty: string }).additionalProperty;
  const names = Object.keys((error.parentSchema as unknown as ObjectSchema).properties);
  const message = `${show(key)} is not a field of ${owner}${suggestion(key, names)} fields: ${showNames(names)}`;
  return errorAt(entryOf(node, key)?.keySpan ?? keySpan, message);
}

function missingField(error: SchemaError, { keySpan, owner }: Place): Finding {
  const key = (error.params as { missingProperty: string }).missingProperty;
  const field: Schema | undefined = (error.parentSchema as unknown as ObjectSchema).properties[key];
  return errorAt(keySpan, `${owner} needs the field "${key}": ${field?.description ?? ''}`.trimEnd());
}

function duplicateItem({ node, field }: Place, secrets: Secrets): Finding[] {
  if (node.kind !== 'list' || !isKnown(node)) return [];
  const item = node.items[duplicateIndex(node.items.map(plainValue)) ?? -1];
  if (item === undefined) return [];
  const seen = hasSecret(item, secrets) ? '(value hidden)' : show(plainValue(item));
  return [errorAt(item.span, `${field} already has ${seen}; each may be there once`)];
}

function hasSecret(node: ConfigNode, secrets: Secrets): boolean {
  let found = false;
  eachScalar(node, (scalar) => {
    if (secrets.nodes.has(scalar)) found = true;
  });
  return found;
}

/** Of several objections to one value only the first one says something: a wrong type breaks every other rule too. */
function withoutConsequences(errors: readonly SchemaError[]): readonly SchemaError[] {
  const ofContents = new Set(['additionalProperties', 'required', 'uniqueItems']);
  const order = ['type', 'format', 'enum', 'enumOrElse', 'minLength', 'minItems', 'maxItems', 'pattern'];
  const rank = ({ keyword }: SchemaError) =>
    order.includes(keyword) ? order.indexOf(keyword) : order.length;
  const leading = new Map<string, SchemaError>();
  for (const error of errors) {
    if (ofContents.has(error.keyword)) continue;
    const earlier = leading.get(error.instancePath);
    if (earlier === undefined || rank(error) < rank(earlier)) leading.set(error.instancePath, error);
  }
  return errors.filter((error) => ofContents.has(error.keyword) || leading.get(error.instancePath) === error);
}

/** `/queue/a~1b` → `queue`, `a/b` (RFC 6901). */
function pointerKeys(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}
