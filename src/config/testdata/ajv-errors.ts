import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { parseDurationMillis } from '../../lib/duration.ts';
import { parseSizeBytes } from '../../lib/size.ts';
import type { ObjectSchema, Schema } from '../../schema.ts';

/** Of several objections to one value the first of these counts. */
const ORDER = ['type', 'format', 'enum', 'minLength', 'minItems', 'maxItems', 'pattern', 'range'];

/** What `schemaErrors` says, as found by a library: `keyword at /pointer`, and the field behind it; sorted. */
export function ajvErrors(schema: ObjectSchema): (value: unknown) => string[] {
  const validate = ajv().compile(plain(schema));
  return (value) => {
    validate(value);
    return worded(validate.errors ?? []);
  };
}

function ajv(): Ajv2020 {
  const own = new Ajv2020({ allErrors: true, strict: false, strictNumbers: true });
  own.addFormat('duration', (text: string) => parseDurationMillis(text) !== undefined);
  own.addFormat('size', (text: string) => parseSizeBytes(text) !== undefined);
  addRange(own, 'durations', parseDurationMillis);
  addRange(own, 'sizes', parseSizeBytes);
  // The library's own passes over items of the wrong type.
  own.removeKeyword('uniqueItems');
  own.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    validate: (_: true, items: readonly unknown[]) => {
      return new Set(items.map((item) => JSON.stringify(item))).size === items.length;
    },
  });
  return own;
}

/** Bounds of a text with a unit. What cannot be read at all is for `format` to report. */
function addRange(own: Ajv2020, keyword: string, parse: (text: string) => number | undefined): void {
  own.addKeyword({
    keyword,
    type: 'string',
    validate: ([least, most]: readonly [string, string], text: string) => {
      const value = parse(text);
      return value === undefined || (value >= parse(least)! && value <= parse(most)!);
    },
  });
}

/** The same in JSON Schema and the two keywords above, with unknown fields refused at every level. */
function plain(schema: Schema): object {
  if (schema.type === 'array') return { ...schema, items: plain(schema.items) };
  if (schema.type === 'string') {
    if (schema.format === 'duration')
      return { ...schema, durations: [schema.minDuration, schema.maxDuration] };
    if (schema.format === 'size') return { ...schema, sizes: [schema.minSize, schema.maxSize] };
    const { enum: choices, orElse, ...rest } = schema;
    if (orElse === undefined) return schema;
    return { ...rest, pattern: `^(${choices!.join('|')})$|${orElse.pattern}` };
  }
  if (schema.type !== 'object') return schema;
  if (schema.properties === undefined) {
    return { ...schema, additionalProperties: plain(schema.additionalProperties) };
  }
  const properties = Object.fromEntries(
    Object.entries(schema.properties).map(([name, field]) => [name, plain(field)]),
  );
  return { ...schema, properties, additionalProperties: false };
}

function worded(errors: readonly ErrorObject[]): string[] {
  const leading = new Map<string, string>();
  const ofContents: string[] = [];
  for (const { keyword, instancePath, params } of errors) {
    const field = params.additionalProperty ?? params.missingProperty;
    if (field !== undefined) ofContents.push(`${keyword} at ${instancePath} ${field}`);
    else if (keyword === 'uniqueItems') ofContents.push(`${keyword} at ${instancePath}`);
    else {
      const name = ORDER.includes(keyword) ? keyword : 'range';
      const earlier = leading.get(instancePath);
      if (earlier === undefined || ORDER.indexOf(name) < ORDER.indexOf(earlier))
        leading.set(instancePath, name);
    }
  }
  return [...ofContents, ...[...leading].map(([path, keyword]) => `${keyword} at ${path}`)].sort();
}
