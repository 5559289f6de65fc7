import { EMPTY, identity } from 'rxjs';
import { defineProcessor, defineSink, defineSource } from '../../component.ts';
import { recordsIn } from '../../model/batch.ts';
import type { Registry } from '../model.ts';

const probe = defineSource({
  id: 'probe',
  summary: 'Probes something.',
  description: 'For tests: every kind of field that a schema can have.',
  emits: { metrics: [], events: [] },
  schema: {
    type: 'object',
    description: 'What to probe.',
    properties: {
      interval: {
        type: 'string',
        format: 'duration',
        description: 'How often.',
        default: '5s',
        minDuration: '100ms',
        maxDuration: '1h',
      },
      max_size: {
        type: 'string',
        format: 'size',
        description: 'How much.',
        default: '64KiB',
        minSize: '1KiB',
        maxSize: '1GiB',
      },
      kinds: {
        type: 'array',
        description: 'Which kinds.',
        items: { type: 'string', description: 'One kind.', enum: ['netstat', 'sockstat', 'softnet'] },
        default: ['netstat'],
        minItems: 1,
        maxItems: 3,
        uniqueItems: true,
      },
      ratio: { type: 'number', description: 'A share.', default: 0.5, minimum: 0, maximum: 1 },
      verbose: { type: 'boolean', description: 'Say more.', default: false },
      form: {
        type: 'string',
        description: 'How it looks.',
        enum: ['table', 'json'],
        orElse: { pattern: '%', meaning: 'a line with `%words`' },
      },
      prefix: { type: 'string', description: 'Put in front.', pattern: '^[a-z]+$', minLength: 1 },
      filter: {
        type: 'object',
        description: 'What to leave out.',
        properties: {
          port: { type: 'integer', description: 'One port.', minimum: 1, maximum: 65_535 },
          comm: { type: 'string', description: 'One command.' },
        },
      },
    },
  },
  example: { interval: '1s', kinds: ['softnet'] },
  acquire: () => EMPTY,
  decoder: () => () => [],
});

const pick = defineProcessor({
  id: 'pick',
  summary: 'Picks some.',
  description: 'For tests: a field that must be given.',
  emits: { metrics: [], events: [] },
  schema: {
    type: 'object',
    description: 'What to pick.',
    properties: { share: { type: 'number', description: 'How many.', minimum: 0, maximum: 1 } },
    required: ['share'],
  },
  example: { share: 0.5 },
  create: () => identity,
});

const send = defineSink({
  id: 'send',
  summary: 'Sends it.',
  description: 'For tests: secrets, a map, and a rule between fields.',
  schema: {
    type: 'object',
    description: 'Where to send.',
    properties: {
      endpoint: { type: 'string', description: 'The receiver.', default: 'http://127.0.0.1:4317' },
      token: { type: 'string', description: 'Shown to the receiver.', secret: true, minLength: 8 },
      headers: {
        type: 'object',
        description: 'Sent along.',
        additionalProperties: { type: 'string', description: 'One value.', secret: true },
        default: {},
      },
      retry: {
        type: 'object',
        description: 'Trying again.',
        properties: {
          first: {
            type: 'string',
            format: 'duration',
            description: 'The first wait.',
            default: '1s',
            minDuration: '1ms',
            maxDuration: '1m',
          },
          last: {
            type: 'string',
            format: 'duration',
            description: 'The longest wait.',
            default: '5s',
            minDuration: '1ms',
            maxDuration: '1m',
          },
        },
        default: {},
      },
    },
  },
  example: { token: 'abcdefgh' },
  check: ({ retry, token }) => [
    ...(retry.first > retry.last ? [{ path: ['retry', 'first'], message: 'is longer than last' }] : []),
    ...(token === 'swordfish' ? [{ path: ['token'], message: `"${token}" is too well known` }] : []),
  ],
  create: () => ({ write: (batch) => ({ delivered: recordsIn(batch) }) }),
  preview: () => () => '',
});

const print = defineSink({
  id: 'print',
  summary: 'Prints it.',
  description: 'For tests: no fields of its own.',
  schema: { type: 'object', description: 'Nothing.', properties: {} },
  example: {},
  create: () => ({ write: (batch) => ({ delivered: recordsIn(batch) }) }),
  preview: () => () => '',
});

/** A registry for tests of the configuration itself, so that they do not change with the real components. */
export const testRegistry: Registry = { sources: [probe], processors: [pick], sinks: [send, print] };
