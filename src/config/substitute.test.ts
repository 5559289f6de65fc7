import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { substitute } from './substitute.ts';

const ENVIRONMENT = {
  WORD: 'value',
  NUMBER: '7',
  EMPTY: '',
  LOOKS_LIKE_REFERENCE: '${WORD}',
  ENDS_ESCAPED: 'value$$',
  TWO_LINES: 'value\nkey: value',
};

describe('substitution, as OpenTelemetry’s configuration data model has it', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['${WORD}', 'value'],
    ['${env:WORD}', 'value'],
    ['a ${WORD} ${NUMBER}', 'a value 7'],
    ['${UNSET:-fallback}', 'fallback'],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${WORD:-fallback}', 'value'],
    ['${UNSET:-}', ''],
    ['${EMPTY}', ''],
    ['${UNSET:-http://host:4317/a b}', 'http://host:4317/a b'],
    ['${LOOKS_LIKE_REFERENCE}', '${WORD}'],
    ['${UNSET:-${WORD}}', '${WORD}'],
    ['${TWO_LINES}', 'value\nkey: value'],
    ['${ENDS_ESCAPED}', 'value$$'],
    ['$${WORD}', '${WORD}'],
    ['$$${WORD}', '$value'],
    ['$$$${WORD}', '$${WORD}'],
    ['$${WORD:-${WORD}}', '${WORD:-value}'],
    ['${UNSET:-$${UNSET}}', '${UNSET:-${UNSET}}'],
    ['a $$ b', 'a $ b'],
    ['a $ b', 'a $ b'],
    ['$WORD', '$WORD'],
    ['${WORD', '${WORD'],
    ['no reference', 'no reference'],
  ];
  for (const [text, expected] of cases) {
    it(`${text} → ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(substitute(text, ENVIRONMENT).faults, []);
      assert.equal(substitute(text, ENVIRONMENT).text, expected);
    });
  }
});

describe('a reference that leads nowhere', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['${UNSET}', /UNSET is not set; set it, or give a default: \$\{UNSET:-value\}/],
    ['${toString}', /toString is not set/],
    ['${__proto__}', /__proto__ is not set/],
    ['${1WORD}', /"\$\{1WORD\}" is not a reference/],
    ['${WORD:?missing}', /is not a reference/],
    ['${WO$RD}', /is not a reference/],
    ['${}', /is not a reference/],
    ['${ WORD }', /is not a reference/],
    ['${file:/etc/passwd}', /refers to "file", but only the environment/],
  ];
  for (const [text, expected] of cases) {
    it(`${text} is one error`, () => {
      const { faults } = substitute(text, ENVIRONMENT);
      assert.equal(faults.length, 1);
      assert.match(faults[0].message, expected);
      assert.equal(faults[0].reference, text);
    });
  }

  it('does not hide the next one', () => {
    assert.equal(substitute('${A} ${WORD} ${B}', ENVIRONMENT).faults.length, 2);
  });
});

describe('a bare reference', () => {
  for (const text of ['${WORD}', '${env:WORD}']) {
    it(`is ${text}`, () => assert.ok(substitute(text, ENVIRONMENT).isBareReference));
  }
  for (const text of ['x${WORD}', '${WORD:-default}', '$${WORD}', '${WORD}${WORD}', '${1X}', '']) {
    it(`is not ${text}`, () => assert.ok(!substitute(text, ENVIRONMENT).isBareReference));
  }
});
