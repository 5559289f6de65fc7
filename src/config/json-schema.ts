import type { AnyComponent } from '../component.ts';
import { DURATION_PATTERN } from '../lib/duration.ts';
import { SIZE_PATTERN } from '../lib/size.ts';
import type { ObjectSchema, Schema } from '../schema.ts';
import { boundsOf } from './messages.ts';
import type { Registry } from './model.ts';
import { AGENT_SCHEMA, fullSchemaOf, NAME_PATTERN, PIPELINE_SCHEMA } from './schemas.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema (2020-12) of a whole pipeline file, for editors and for checks elsewhere. It is what lagpipe
 * checks itself, less what JSON Schema cannot say: bounds of durations and sizes are in the descriptions, and
 * whether an id exists, or which fields go together, only `lagpipe validate` knows.
 */
export function pipelineJsonSchema(registry: Registry): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'lagpipe pipeline file',
    description: 'Sources, processors and sinks, and the pipelines that connect them.',
    type: 'object',
    properties: {
      agent: translate(AGENT_SCHEMA),
      sources: section('What to measure.', registry.sources, true),
      processors: section('What to do with the records on their way.', registry.processors, false),
      sinks: section('Where the records go.', registry.sinks, true),
      pipelines: {
        description: 'Which sources flow through which processors to which sinks, by a name of your choice.',
        type: 'object',
        patternProperties: { [`^${NAME_PATTERN}$`]: translate(PIPELINE_SCHEMA) },
        additionalProperties: false,
        minProperties: 1,
      },
    },
    required: ['sources', 'sinks', 'pipelines'],
    additionalProperties: false,
    $defs: {
      environment: {
        description: `A reference to the environment, such as \${NAME} or \${NAME:-default}.`,
        type: 'string',
        pattern: '\\$\\{[^}]+\\}',
      },
    },
  };
}

function section(description: string, components: readonly AnyComponent[], isNeeded: boolean): JsonSchema {
  const ofTypes = components.map((component) => [
    `^${component.id}(/${NAME_PATTERN})?$`,
    { ...translate(fullSchemaOf(component), true), description: component.summary },
  ]);
  return {
    description: `${description} Keys are ids: a component's type, or \`type/name\`.`,
    type: isNeeded ? 'object' : ['object', 'null'],
    patternProperties: Object.fromEntries(ofTypes),
    additionalProperties: false,
    ...(isNeeded && { minProperties: 1 }),
  };
}

/** One of our schemas in plain JSON Schema. An object that may be left empty (`proc:`) may also be null. */
function translate(schema: Schema, mayBeNull = false): JsonSchema {
  switch (schema.type) {
    case 'string':
      return translateText(schema);
    case 'array':
      return { ...schema, items: translate(schema.items) };
    case 'object':
      return schema.properties === undefined
        ? { ...schema, additionalProperties: translate(schema.additionalProperties) }
        : translateObject(schema, mayBeNull);
    default:
      return orEnvironment(schema, { type: schema.type, ...boundKeywords(schema) });
  }
}

function translateObject(schema: ObjectSchema, mayBeNull: boolean): JsonSchema {
  const fields = Object.entries(schema.properties).map(([name, field]) => [name, translate(field)]);
  const isEmptyRight = mayBeNull && (schema.required ?? []).length === 0;
  return {
    ...schema,
    type: isEmptyRight ? ['object', 'null'] : 'object',
    properties: Object.fromEntries(fields),
    additionalProperties: false,
  };
}

function translateText(schema: Extract<Schema, { type: 'string' }>): JsonSchema {
  const { type } = schema;
  if (schema.format === 'duration') return orEnvironment(schema, { type, pattern: DURATION_PATTERN });
  if (schema.format === 'size') return orEnvironment(schema, { type, pattern: SIZE_PATTERN });
  const { description, default: fallback, secret, enum: choices, pattern, minLength } = schema;
  const rules = {
    ...(choices !== undefined && { enum: choices }),
    ...(pattern !== undefined && { pattern }),
    ...(minLength !== undefined && { minLength }),
  };
  if (schema.orElse !== undefined) {
    const { pattern: other } = schema.orElse;
    return orEnvironment(schema, { type, ...rules }, { type, pattern: other });
  }
  if (choices !== undefined || pattern !== undefined) return orEnvironment(schema, { type, ...rules });
  return {
    type,
    description,
    ...(fallback !== undefined && { default: fallback }),
    ...rules,
    ...(secret && { writeOnly: true }),
  };
}

/** What is checked after substitution may be written as a reference instead. */
function orEnvironment(schema: Schema, ...alternatives: readonly JsonSchema[]): JsonSchema {
  const bounds = boundsOf(schema);
  return {
    description: bounds === undefined ? schema.description : `${schema.description} (${bounds})`,
    ...(schema.default !== undefined && { default: schema.default }),
    ...('secret' in schema && schema.secret && { writeOnly: true }),
    anyOf: [...alternatives, { $ref: '#/$defs/environment' }],
  };
}

function boundKeywords(schema: Schema): JsonSchema {
  if (schema.type !== 'integer' && schema.type !== 'number') return {};
  return { minimum: schema.minimum, maximum: schema.maximum };
}
