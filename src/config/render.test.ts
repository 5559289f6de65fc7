import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { problemsOf } from './problems.ts';
import { renderProblems } from './render.ts';
import type { Finding } from './tree.ts';

/** What is printed for an error at `seen`, where it first stands in the text. */
function printed(text: string, seen: string, hidden: readonly string[] = []): string {
  const start = text.indexOf(seen);
  const finding: Finding = { severity: 'error', span: { start, end: start + seen.length }, message: 'wrong' };
  const problems = problemsOf('f.yaml', text, [finding], { spans: [], values: hidden });
  return renderProblems(problems, { colour: false });
}

test('underlines what is wrong, behind tabs, wide characters, and those outside of the first plane', () => {
  assert.equal(
    printed('a:\n\tb:\tXY', 'XY'),
    'f.yaml:2:5: error: wrong\n  2 |     b:  XY\n    |         ^^\n1 error\n',
  );
  assert.equal(
    printed('漢字: XY', 'XY'),
    'f.yaml:1:5: error: wrong\n  1 | 漢字: XY\n    |       ^^\n1 error\n',
  );
  assert.equal(printed('𝒳𝒳: XY', 'XY'), 'f.yaml:1:5: error: wrong\n  1 | 𝒳𝒳: XY\n    |     ^^\n1 error\n');
  assert.equal(printed('\uFEFFa: 漢', '漢'), 'f.yaml:1:4: error: wrong\n  1 | a: 漢\n    |    ^^\n1 error\n');
});

test('shows no Windows line end and nothing that a terminal would obey', () => {
  assert.equal(
    printed('a: X\x1b[2J\r\n', 'X'),
    'f.yaml:1:4: error: wrong\n  1 | a: X?[2J\n    |    ^\n1 error\n',
  );
});

test('underlines only the first of several lines', () => {
  assert.equal(printed('a: |\n  b', '|\n  b'), 'f.yaml:1:4: error: wrong\n  1 | a: |\n    |    ^\n1 error\n');
});

test('moves the underline with what is masked before it', () => {
  assert.equal(
    printed('{ a: abcd, b: XY }', 'XY', ['abcd']),
    'f.yaml:1:15: error: wrong\n  1 | { a: [REDACTED], b: XY }\n    |                     ^^\n1 error\n',
  );
});

test('cuts a long line around the underline', () => {
  const lines = printed(`${'a'.repeat(1000)}XY${'b'.repeat(1000)}`, 'XY').split('\n');
  assert.match(lines[1], /^ {2}1 \| …a+XYb+…$/);
  assert.equal(lines[1].indexOf('XY'), lines[2].indexOf('^^'));
  assert.ok(lines[1].length < 180);
});

test('counts errors and warnings, and prints nothing for none', () => {
  const finding = (severity: Finding['severity'], message: string): Finding => ({
    severity,
    span: { start: 0, end: 1 },
    message,
  });
  const render = (...findings: Finding[]) =>
    renderProblems(problemsOf('f', 'a', findings, { spans: [], values: [] }), { colour: true });
  assert.equal(render(), '');
  const output = stripVTControlCharacters(
    render(finding('warning', 'w'), finding('error', 'e'), finding('error', 'f'), finding('error', 'e')),
  );
  assert.deepEqual(output.match(/(error|warning): \w/g), ['error: e', 'error: f', 'warning: w']);
  assert.match(output, /\n2 errors, 1 warning\n$/);
  assert.notEqual(render(finding('error', 'e')), stripVTControlCharacters(render(finding('error', 'e'))));
});
