import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { parseDurationMillis } from '../lib/duration.ts';
import { parseSizeBytes } from '../lib/size.ts';
import type { ObjectSchema, Schema, TextSchema } from '../schema.ts';

export type SchemaError = ErrorObject<string, unknown, unknown>;

let ajv: Ajv2020 | undefined;
const compiled = new WeakMap<ObjectSchema, ValidateFunction>();

/** Everything that the schema has against the value. Compiles a schema once, and only when a file uses it. */
export function schemaErrors(schema: ObjectSchema, value: unknown): readonly SchemaError[] {
  ajv ??= createAjv();
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = ajv.compile(closed(schema));
    compiled.set(schema, validate);
  }
  validate(value);
  return validate.errors ?? [];
}

/** JSON Schema 2020-12 with lagpipe's own keywords (`schema.ts`), reporting everything, each with its schema and value. */
function createAjv(): Ajv2020 {
  // The schemas are the components' own, and a test holds them against the meta-schema, whose compiling took a fifth of
  // the start.
  const own = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: true,
    meta: false,
    validateSchema: false,
    // What it tidies runs once; the tidying took 25 ms of a start.
    code: { optimize: false },
  });
  own.addFormat('duration', (text: string) => parseDurationMillis(text) !== undefined);
  own.addFormat('size', (text: string) => parseSizeBytes(text) !== undefined);
  addBound(own, 'minDuration', parseDurationMillis, (value, bound) => value >= bound);
  addBound(own, 'maxDuration', parseDurationMillis, (value, bound) => value <= bound);
  addBound(own, 'minSize', parseSizeBytes, (value, bound) => value >= bound);
  addBound(own, 'maxSize', parseSizeBytes, (value, bound) => value <= bound);
  own.addKeyword({ keyword: 'secret', schemaType: 'boolean' });
  own.addKeyword({
    keyword: 'enumOrElse',
    type: 'string',
    schemaType: 'object',
    validate: ({ choices, pattern }: { choices: readonly string[]; pattern: string }, text: string) =>
      choices.includes(text) || new RegExp(pattern).test(text),
    errors: false,
  });
  // The library's comparison calls methods of the values, which keys chosen by a user can stand in for.
  own.removeKeyword('uniqueItems');
  own.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (unique: boolean, items: readonly unknown[]) => !unique || duplicateIndex(items) === undefined,
    errors: false,
  });
  return own;
}

/** A bound on a text with a unit. What cannot be read at all is for `format` to report. */
function addBound(
  own: Ajv2020,
  keyword: string,
  parse: (text: string) => number | undefined,
  holds: (value: number, bound: number) => boolean,
): void {
  own.addKeyword({
    keyword,
    type: 'string',
    schemaType: 'string',
    compile: (boundText: string) => {
      const bound = parse(boundText);
      if (bound === undefined) throw new Error(`schema: ${keyword} "${boundText}" cannot be read`);
      return (text: string) => {
        const value = parse(text);
        return value === undefined || holds(value, bound);
      };
    },
    errors: false,
  });
}

/** The first item that equals an earlier one. */
export function duplicateIndex(items: readonly unknown[]): number | undefined {
  const seen = new Set<string>();
  const index = items.findIndex((item) => seen.size === seen.add(JSON.stringify(item)).size);
  return index === -1 ? undefined : index;
}

/** The same schema with unknown fields refused at every level. */
function closed(schema: Schema): Schema {
  if (schema.type === 'array') return { ...schema, items: closed(schema.items) };
  if (schema.type === 'string' && schema.format === undefined && schema.orElse)
    return withAlternative(schema);
  if (schema.type !== 'object') return schema;
  if (schema.properties === undefined) {
    return { ...schema, additionalProperties: closed(schema.additionalProperties) };
  }
  const fields = Object.entries(schema.properties).map(([name, field]) => [name, closed(field)]);
  return { ...schema, properties: Object.fromEntries(fields), additionalProperties: false };
}

/** `enum` alone would refuse what `orElse` allows, so one keyword checks both; it keeps what a message needs. */
function withAlternative({ enum: choices, orElse, ...rest }: TextSchema): Schema {
  return { ...rest, enumOrElse: { choices, ...orElse } } as Schema;
}
