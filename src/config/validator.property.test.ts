import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ObjectSchema, Schema } from '../schema.ts';
import { ajvErrors } from './testdata/ajv-errors.ts';
import { testRegistry } from './testdata/registry.ts';
import { schemaErrors } from './validator.ts';

const ANYTHING = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1.5, 1e300, Number.NaN, Number.POSITIVE_INFINITY, '', '𝒳', 'a%b'),
  fc.constantFrom('5s', '1ms', '2h', '5', '1B', '64KiB', '2GiB', 'netstat', 'table', 'abc', 'Ab'),
  fc.constantFrom({}, [], { a: 1 }, ['netstat'], [null]),
  fc.double(),
  fc.string(),
);

/** Values that a schema takes, with mistakes here and there. */
function near(schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 5, arbitrary: like(schema) }, { weight: 1, arbitrary: ANYTHING });
}

function like(schema: Schema): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'array':
      return fc.array(near(schema.items), { maxLength: 5 });
    case 'object':
      return schema.properties === undefined
        ? fc.dictionary(fc.string(), near(schema.additionalProperties), { maxKeys: 3, noNullPrototype: true })
        : withUnknown(schema);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: schema.minimum - 1, max: Math.min(schema.maximum + 1, 2 ** 30) });
    case 'number':
      return fc.double({ min: schema.minimum - 1, max: schema.maximum + 1 });
    default:
      return 'enum' in schema ? fc.constantFrom(...(schema.enum ?? ['abc'])) : ANYTHING;
  }
}

function withUnknown(schema: ObjectSchema): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(
    Object.entries(schema.properties).map(([name, field]) => [name, near(field)]),
  );
  const unknown = fc.constantFrom({}, {}, {}, { nope: 1 }, { toString: 1 }, { constructor: 'x', a: null });
  return fc
    .tuple(fc.record(fields, { requiredKeys: [], noNullPrototype: true }), unknown)
    .map(([own, more]) => ({ ...own, ...more }));
}

function worded(schema: ObjectSchema, value: unknown): string[] {
  return schemaErrors(schema, value)
    .map(({ keyword, path, field }) => {
      const pointer = path
        .map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`)
        .join('');
      return `${keyword} at ${pointer}${field === undefined ? '' : ` ${field}`}`;
    })
    .sort();
}

describe('what a schema has against a value', () => {
  const components = [...testRegistry.sources, ...testRegistry.processors, ...testRegistry.sinks];
  for (const { id, schema } of components) {
    it(`is what a library finds, in fields of ${id}`, () => {
      const expected = ajvErrors(schema);
      // A choice with an alternative is one pattern there.
      const told = (value: unknown) =>
        worded(schema, value).map((line) => (line === 'enum at /form' ? 'pattern at /form' : line));
      fc.assert(
        fc.property(near(schema), (value) => assert.deepEqual(told(value).sort(), expected(value))),
        { numRuns: 1000 },
      );
    });
  }
});
