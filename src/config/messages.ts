import { nearestName } from '../lib/nearest-name.ts';
import type { Schema } from '../schema.ts';
import { show, showNames, showWithType } from './show.ts';
import type { SchemaError } from './validator.ts';

/**
 * What is wrong with a value, in one line: what was seen, what is allowed, what was probably meant.
 * `field` is the field's path as in `queue.size`; `seen` is the value, or says that it is hidden.
 */
export function valueMessage(error: SchemaError, field: string, isSecret: boolean): string {
  const schema = error.parentSchema as unknown as Schema;
  const seen = isSecret ? '(value hidden)' : show(error.data);
  switch (error.keyword) {
    case 'type':
      return typeMessage(schema, field, isSecret ? 'the value given (hidden)' : error.data, isSecret);
    case 'format':
      return `${field} is ${seen}, but takes ${takes(schema)}`;
    case 'enum':
      return `${field} is ${seen}${enumHint(schema, error.data, isSecret)}`;
    case 'enumOrElse': {
      const { choices, meaning } = error.schema as { choices: readonly string[]; meaning: string };
      return `${field} is ${seen}${suggestion(String(error.data), choices)} allowed: ${showNames(choices)}, or ${meaning}`;
    }
    case 'pattern':
      return `${field} is ${seen}, which does not match ${(error.params as { pattern: string }).pattern}`;
    case 'minLength':
      return error.data === '' ? `${field} is empty` : `${field} is ${seen}; ${lengthAllowed(schema)}`;
    case 'minItems':
    case 'maxItems':
      return `${field} has ${(error.data as unknown[]).length} entries; allowed: ${itemsAllowed(schema)}`;
    default:
      return `${field} is ${seen}; allowed: ${boundsOf(schema) ?? `${error.keyword} ${show(error.schema)}`}`;
  }
}

function typeMessage(schema: Schema, field: string, data: unknown, isSecret: boolean): string {
  const given = isSecret ? data : showWithType(data);
  if (data === null) return `${field} has no value; it takes ${takes(schema)}`;
  if (schema.type === 'string' && 'format' in schema && typeof data === 'number') {
    const unit = schema.format === 'duration' ? 's' : 'MiB';
    const noun = schema.format === 'duration' ? 'durations' : 'sizes';
    return `${field} is ${given}, and ${noun} need a unit: write ${data}${unit} if that is what you mean`;
  }
  if (schema.type === 'string' && (typeof data === 'number' || typeof data === 'boolean')) {
    return `${field} takes ${takes(schema)}, not ${given}; put it in quotes`;
  }
  const looksRight = !isSecret && typeof data === 'string' && isQuoted(schema, data);
  return `${field} takes ${takes(schema)}, not ${given}${looksRight ? '; write it without the quotes' : ''}`;
}

/** Whether a text would have been right, had it not been put in quotes. */
function isQuoted(schema: Schema, text: string): boolean {
  if (schema.type === 'boolean') return /^(true|false)$/.test(text);
  return (schema.type === 'integer' || schema.type === 'number') && /^-?[0-9]+(\.[0-9]+)?$/.test(text);
}

/** What a field takes, as a noun with its bounds. */
function takes(schema: Schema): string {
  const bounds = boundsOf(schema);
  switch (schema.type) {
    case 'string':
      if ('format' in schema && schema.format === 'duration') {
        return `a duration such as 5s, 250ms or 1m30s (${bounds})`;
      }
      if ('format' in schema && schema.format === 'size') return `a size such as 64MiB or 10kB (${bounds})`;
      return 'enum' in schema && schema.enum ? `one of ${showNames(schema.enum)}` : 'a text';
    case 'integer':
      return `a whole number (${bounds})`;
    case 'number':
      return `a number (${bounds})`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    case 'object':
      return 'a mapping of keys to values';
  }
}

/** `100ms to 5m`; `undefined` for a field that has no bounds of its own. */
export function boundsOf(schema: Schema): string | undefined {
  if (schema.type === 'integer' || schema.type === 'number') return `${schema.minimum} to ${schema.maximum}`;
  if (schema.type !== 'string' || !('format' in schema)) return undefined;
  if (schema.format === 'duration') return `${schema.minDuration} to ${schema.maxDuration}`;
  return schema.format === 'size' ? `${schema.minSize} to ${schema.maxSize}` : undefined;
}

function enumHint(schema: Schema, data: unknown, isSecret: boolean): string {
  const names = schema.type === 'string' && 'enum' in schema ? (schema.enum ?? []) : [];
  return `${isSecret ? ';' : suggestion(String(data), names)} allowed: ${showNames(names)}`;
}

function lengthAllowed(schema: Schema): string {
  return `it needs at least ${(schema as { minLength?: number }).minLength} characters`;
}

function itemsAllowed(schema: Schema): string {
  if (schema.type !== 'array') return 'another number';
  const { minItems, maxItems } = schema;
  if (maxItems === undefined) return `at least ${minItems}`;
  return minItems === undefined ? `at most ${maxItems}` : `${minItems} to ${maxItems}`;
}

/** `; did you mean "proc"?`, or only the semicolon that leads to what is allowed. */
export function suggestion(seen: string, names: readonly string[]): string {
  const nearest = nearestName(seen, names);
  return nearest === undefined ? ';' : `; did you mean "${nearest}"?`;
}
