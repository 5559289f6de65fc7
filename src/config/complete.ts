import { parseDurationMillis } from '../lib/duration.ts';
import { parseSizeBytes } from '../lib/size.ts';
import type { ObjectSchema, Schema } from '../schema.ts';

/**
 * A valid value as its component receives it: defaults filled in at every level, durations in milliseconds, sizes
 * in bytes. A field without a default stays absent.
 */
export function complete(schema: Schema, value: unknown): unknown {
  switch (schema.type) {
    case 'string':
      return completeText(schema, value);
    case 'array':
      return (value as readonly unknown[]).map((item) => complete(schema.items, item));
    case 'object': {
      const given = value as Readonly<Record<string, unknown>>;
      return schema.properties === undefined
        ? mapValues(given, (item) => complete(schema.additionalProperties, item))
        : completeObject(schema, given);
    }
    default:
      return value;
  }
}

function completeText(schema: Extract<Schema, { type: 'string' }>, value: unknown): unknown {
  if (schema.format === 'duration') return parseDurationMillis(value as string);
  if (schema.format === 'size') return parseSizeBytes(value as string);
  return value;
}

function completeObject(schema: ObjectSchema, given: Readonly<Record<string, unknown>>): unknown {
  const fields = Object.entries(schema.properties).flatMap(([name, field]) => {
    const value = Object.hasOwn(given, name) ? given[name] : field.default;
    return value === undefined ? [] : [[name, complete(field, value)] as const];
  });
  return Object.fromEntries(fields);
}

function mapValues(
  given: Readonly<Record<string, unknown>>,
  convert: (value: unknown) => unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, convert(value)]));
}
