import type { AnyComponent } from '../component.ts';
import type { ObjectSchema, Schema } from '../schema.ts';

/** The part of a pipeline file that is not a component's. */
export const AGENT_SCHEMA = {
  type: 'object',
  description: 'Settings of the agent itself.',
  properties: {
    shutdown_timeout: {
      type: 'string',
      format: 'duration',
      description:
        'How long stopping may take. What a sink has not delivered by then is dropped and counted; sources get half of it.',
      default: '10s',
      minDuration: '100ms',
      maxDuration: '5m',
    },
    resource: {
      type: 'object',
      description: 'Resource attributes to add to those that the agent finds, or to put in their place.',
      additionalProperties: { type: 'string', description: 'The value of the attribute.' },
      default: {},
    },
    telemetry: {
      type: 'object',
      description:
        "Sends the agent's own figures (what the `self` source emits of components) to a Collector past all pipelines, so that they arrive when a pipeline is what is broken. Absent: not sent.",
      properties: {
        endpoint: {
          type: 'string',
          description:
            'OTLP gRPC endpoint. Absent: what the OTEL_EXPORTER_OTLP_* environment variables say, else http://localhost:4317.',
          pattern: '^https?://',
        },
        interval: {
          type: 'string',
          format: 'duration',
          description: 'How often.',
          default: '30s',
          minDuration: '1s',
          maxDuration: '1h',
        },
      },
    },
  },
} as const satisfies ObjectSchema;

/** What every sink has besides its own fields. */
export const QUEUE_SCHEMA = {
  type: 'object',
  description: 'The bounded queue in front of the sink, so that a slow sink never slows another.',
  properties: {
    size: {
      type: 'integer',
      description: 'How many records (data points or events) may wait.',
      default: 65_536,
      minimum: 1,
      maximum: 10_000_000,
    },
    when_full: {
      type: 'string',
      description:
        'What to do with a batch that does not fit: make the sources wait, drop that batch, or drop the oldest ones. Drops are counted.',
      enum: ['block', 'drop_newest', 'drop_oldest'],
      default: 'block',
    },
  },
  default: {},
} as const satisfies ObjectSchema;

const IDS = { type: 'string', description: 'The id of a component, `type` or `type/name`.' } as const;

/** One entry of `pipelines`. Whether an id exists is checked apart from this. */
export const PIPELINE_SCHEMA = {
  type: 'object',
  description: 'One pipeline: records flow from its sources through its processors, in order, to its sinks.',
  properties: {
    sources: {
      type: 'array',
      description: 'Ids of sources; a source runs once, however many pipelines name it.',
      items: IDS,
      minItems: 1,
      uniqueItems: true,
    },
    processors: {
      type: 'array',
      description: 'Ids of processors, in the order in which records pass them.',
      items: IDS,
      default: [],
      uniqueItems: true,
    },
    sinks: {
      type: 'array',
      description: 'Ids of sinks; each gets every record that leaves the processors.',
      items: IDS,
      minItems: 1,
      uniqueItems: true,
    },
  },
  required: ['sources', 'sinks'],
} as const satisfies ObjectSchema;

export const SECTIONS = ['sources', 'processors', 'sinks'] as const;
export type Section = (typeof SECTIONS)[number];

/** What one entry of a section is called in messages. */
export const NOUN_OF = { sources: 'source', processors: 'processor', sinks: 'sink' } as const;

export const ROOT_KEYS = ['agent', ...SECTIONS, 'pipelines'] as const;

/** A pipeline's name, and what may follow the type in an id. */
export const NAME_PATTERN = '[A-Za-z0-9_.-]+';

/** A component's own fields, with what the configuration adds to every component of its kind. */
export function fullSchemaOf(component: AnyComponent): ObjectSchema {
  if (component.kind !== 'sink') return component.schema;
  return { ...component.schema, properties: { ...component.schema.properties, queue: QUEUE_SCHEMA } };
}

export function holdsSecret(schema: Schema): boolean {
  switch (schema.type) {
    case 'string':
      return 'secret' in schema && schema.secret === true;
    case 'array':
      return holdsSecret(schema.items);
    case 'object':
      return schema.properties === undefined
        ? holdsSecret(schema.additionalProperties)
        : Object.values(schema.properties).some(holdsSecret);
    default:
      return false;
  }
}
