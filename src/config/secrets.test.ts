import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadConfig } from './load.ts';
import { renderProblems } from './render.ts';
import { testRegistry } from './testdata/registry.ts';

const SECRET = 'hunter2-hunter2';
const REST = 'pipelines: { p: { sources: [probe], sinks: [send] } }\n';

/** Everything that is printed about a file with these lines below `send:`, besides an error elsewhere. */
function printed(send: string, environment: Readonly<Record<string, string>> = {}) {
  const text = `sources: { probe: }\nsinks:\n  send:\n${send}\n${REST}`;
  const { problems, secrets } = loadConfig(
    { path: 'secret.yaml', text },
    { environment, registry: testRegistry },
  );
  return { output: renderProblems(problems, { colour: false }), secrets, problems };
}

const MISTAKES: readonly (readonly [string, string])[] = [
  ['too short a value, in braces', `    { token: hunter2, endpoint: 5 }`],
  ['a check that quotes it', '    token: swordfish'],
  ['a wrong type', '    token: [hunter2, 5]'],
  ['a mapping instead', '    token: { a: hunter2 }'],
  ['a number', '    token: 8472839'],
  ['a wrong type in a map of secrets', '    headers: { a: 12345678, b: 5 }'],
  ['a text instead of a map of secrets', '    headers: authorization=hunter2'],
  ['a list instead of a map of secrets', '    headers: [hunter2]'],
  ['a misspelt key', '    { tokn: hunter2 }'],
  ['a key of another case', '    { Token: hunter2 }'],
  ['an unknown key beside secrets', '    { password: hunter2 }'],
  ['a key twice', '    { token: hunter2hunter2, token: hunter2hunter3 }'],
  ['a value that another one is merged over', '    { <<: { token: hunter2 }, token: swordfish, nope: 1 }'],
  ['an error beside it in its line', `    { token: ${SECRET}, nope: 1 }`],
  ['an error in a comment’s line', `    { nope: 1, token: ${SECRET} } # ${SECRET}`],
  [
    'the same value elsewhere',
    `    { token: ${SECRET}, endpoint: [${SECRET}], queue: { when_full: x${SECRET}x } }`,
  ],
  ['a quoted value', `    { token: "hunter2", nope: 1 }`],
  ['an escaped value', `    { token: "\\x68unter2", nope: 1 }`],
  ['a value of several lines', `    token: |\n      ${SECRET}\n      hunter3\n    nope: 1`],
  ['a reference with a default', '    { token: "${UNSET:-hunter2}", nope: 1 }'],
  ['a reference inside it', '    { token: "hunter2${hunter3}" }'],
  ['an invalid reference', '    { token: "${hunter 2}" }'],
  ['an alias to it', `    { headers: { a: &x ${SECRET} }, endpoint: { a: *x } }`],
  ['a value anchored where it is no secret', `    { endpoint: &x [${SECRET}], token: *x }`],
  ['a syntax error behind it', `    token: ${SECRET}: x`],
  ['a syntax error before it', `    x: "\n    token: ${SECRET}`],
  ['an open quote', `    token: "${SECRET}`],
  ['an open brace', `    { token: ${SECRET}`],
  ['an unexpected token', `    token: hunter2 ]\n    x: ]`],
  ['a tab', `    headers:\n\t  a: ${SECRET}`],
  ['a misspelt component', `    nope: 1\n  sned: { token: ${SECRET} }`],
];

describe('a secret is not printed, whatever is wrong', () => {
  for (const [name, send] of MISTAKES) {
    it(name, () => {
      const { output, problems } = printed(send);
      assert.ok(problems.length > 0);
      assert.doesNotMatch(output, /hunter|swordfish|8472839|12345678|\bx68unter/);
    });
  }
});

describe('a secret from the environment', () => {
  it('is not printed and is handed over for redaction', () => {
    const { output, secrets } = printed(
      '    { token: "${TOKEN}", endpoint: 1, headers: { a: "Bearer ${TOKEN}" } }',
      {
        TOKEN: SECRET,
      },
    );
    assert.doesNotMatch(output, /hunter/);
    assert.match(output, /token: "\$\{TOKEN\}", endpoint: 1, headers: \{ a: \[REDACTED\] \}/);
    assert.deepEqual(secrets, [SECRET, `Bearer ${SECRET}`]);
  });

  it('shows the name of a variable that is not set', () => {
    assert.match(
      printed('    token: ${TOKEN}').output,
      /^secret\.yaml:4:12: error: the environment variable TOKEN is/,
    );
  });

  it('too short is told without its text', () => {
    const { output } = printed('    token: ${TOKEN}', { TOKEN: 'abcd' });
    assert.match(output, /token is \(value hidden\); it needs at least 8 characters/);
    assert.doesNotMatch(output, /abcd/);
  });
});

it('what is no secret is still shown beside one', () => {
  const { output } = printed(`    { token: ${SECRET}, endpiont: "http://x" }`);
  assert.match(output, /\{ token: \[REDACTED\], endpiont: "http:\/\/x" \}\n.*\^{8}\n/);
});

it('a user and password in an address are masked, though no schema says that they are secret', () => {
  const { output } = printed('    { token: x, endpiont: "http://scraper:hunter2@host:9100/metrics" }');
  assert.match(output, /http:\/\/\[REDACTED\]@host:9100\/metrics/);
  assert.doesNotMatch(output, /hunter2|scraper/);
});
