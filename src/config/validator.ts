import { parseDurationMillis } from '../lib/duration.ts';
import { parseSizeBytes } from '../lib/size.ts';
import type {
  DurationSchema,
  ListSchema,
  MapSchema,
  NumberSchema,
  ObjectSchema,
  Schema,
  SizeSchema,
  TextSchema,
} from '../schema.ts';

/** What a schema has against a value. */
export interface SchemaError {
  readonly keyword: Keyword;
  /** Keys and indexes from the top to the value. */
  readonly path: readonly (string | number)[];
  readonly schema: Schema;
  readonly value: unknown;
  /** Of `required` and `additionalProperties`: the field that is missing or unknown. */
  readonly field?: string;
}

type Keyword =
  | 'type'
  | 'format'
  | 'enum'
  | 'minLength'
  | 'pattern'
  | 'range'
  | 'minItems'
  | 'maxItems'
  | 'uniqueItems'
  | 'required'
  | 'additionalProperties';

/**
 * Everything that the schema has against the value; of several objections to one value itself the first, because a wrong
 * type breaks every other rule too. Unknown fields are refused at every level. Without a library, whose compiling of schemas
 * took a third of a start; a test holds it against one.
 */
export function schemaErrors(schema: Schema, value: unknown): readonly SchemaError[] {
  const errors: SchemaError[] = [];
  check(schema, value, [], errors);
  return errors;
}

/** The first item that equals an earlier one. */
export function duplicateIndex(items: readonly unknown[]): number | undefined {
  const seen = new Set<string>();
  const index = items.findIndex((item) => seen.size === seen.add(JSON.stringify(item)).size);
  return index === -1 ? undefined : index;
}

function check(schema: Schema, value: unknown, path: SchemaError['path'], errors: SchemaError[]): void {
  const keyword = isOfType(schema, value) ? objectionTo(schema, value) : 'type';
  if (keyword !== undefined) errors.push({ keyword, path, schema, value });
  if (keyword === 'type') return;
  if (schema.type === 'array') checkItems(schema, value as unknown[], path, errors);
  else if (schema.type === 'object') checkEntries(schema, value as object, path, errors);
}

function checkItems(
  schema: ListSchema,
  items: readonly unknown[],
  path: SchemaError['path'],
  errors: SchemaError[],
): void {
  if (schema.uniqueItems && duplicateIndex(items) !== undefined) {
    errors.push({ keyword: 'uniqueItems', path, schema, value: items });
  }
  for (const [index, item] of items.entries()) check(schema.items, item, [...path, index], errors);
}

function checkEntries(
  schema: ObjectSchema | MapSchema,
  value: object,
  path: SchemaError['path'],
  errors: SchemaError[],
): void {
  for (const [key, item] of Object.entries(value)) {
    const field = schema.properties === undefined ? schema.additionalProperties : ownField(schema, key);
    if (field !== undefined) check(field, item, [...path, key], errors);
    else errors.push({ keyword: 'additionalProperties', path, schema, value, field: key });
  }
  if (schema.properties === undefined) return;
  for (const field of schema.required ?? []) {
    if (!Object.hasOwn(value, field)) errors.push({ keyword: 'required', path, schema, value, field });
  }
}

function ownField({ properties }: ObjectSchema, key: string): Schema | undefined {
  return Object.hasOwn(properties, key) ? properties[key] : undefined;
}

function isOfType({ type }: Schema, value: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return Number.isFinite(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

/** To a value of the right type itself, not to what is in it. */
function objectionTo(schema: Schema, value: unknown): Keyword | undefined {
  switch (schema.type) {
    case 'string':
      return textObjection(schema, value as string);
    case 'integer':
    case 'number':
      return isWithin(value as number, schema) ? undefined : 'range';
    case 'array':
      return lengthObjection(schema, (value as readonly unknown[]).length);
    default:
      return undefined;
  }
}

function textObjection(schema: TextSchema | DurationSchema | SizeSchema, text: string): Keyword | undefined {
  if (schema.format === 'duration') {
    const { minDuration, maxDuration } = schema;
    return quantityObjection(parseDurationMillis, text, minDuration, maxDuration);
  }
  if (schema.format === 'size')
    return quantityObjection(parseSizeBytes, text, schema.minSize, schema.maxSize);
  const { enum: choices, orElse, minLength = 0, pattern } = schema;
  if (choices !== undefined && !choices.includes(text)) {
    if (orElse === undefined || !new RegExp(orElse.pattern).test(text)) return 'enum';
  }
  // In characters, as JSON Schema has it; a character beyond U+FFFF is two of JavaScript's.
  if ([...text].length < minLength) return 'minLength';
  return pattern === undefined || new RegExp(pattern, 'u').test(text) ? undefined : 'pattern';
}

function quantityObjection(
  parse: (text: string) => number | undefined,
  text: string,
  least: string,
  most: string,
): Keyword | undefined {
  const value = parse(text);
  if (value === undefined) return 'format';
  return isWithin(value, { minimum: parse(least)!, maximum: parse(most)! }) ? undefined : 'range';
}

function isWithin(value: number, { minimum, maximum }: Pick<NumberSchema, 'minimum' | 'maximum'>): boolean {
  return value >= minimum && value <= maximum;
}

function lengthObjection({ minItems = 0, maxItems = Infinity }: ListSchema, length: number) {
  if (length < minItems) return 'minItems';
  return length > maxItems ? 'maxItems' : undefined;
}
