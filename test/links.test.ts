import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from './root.ts';

/** Targets of Markdown links and images, code blocks left out, as `{ line, target }`; web addresses are not ours. */
function relativeLinks(markdown: string): { readonly line: number; readonly target: string }[] {
  let isCode = false;
  return markdown.split('\n').flatMap((text, index) => {
    if (text.trimStart().startsWith('```')) isCode = !isCode;
    if (isCode) return [];
    return [...text.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)[^)]*\)/g)]
      .map(([, target]) => ({ line: index + 1, target }))
      .filter(({ target }) => !/^[a-z]+:|^#/.test(target));
  });
}

/** What is wrong with a link from a file, undefined when nothing is. */
function problemWith(file: string, target: string): string | undefined {
  const [path, anchor] = target.split('#');
  if (/^L\d/.test(anchor ?? '')) return 'line numbers move: link the file';
  return existsSync(join(ROOT, dirname(file), path)) ? undefined : 'no such file';
}

function documents(): string[] {
  const top = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  return [...top, ...docs];
}

describe('links in the documentation', () => {
  it('are found, but not in code', () => {
    const text =
      '[a](x.md) and ![b](y.png "title")\n`[c](z)`\n```\n[d](w)\n```\n[e](https://example.org) [f](#here)';
    assert.deepEqual(relativeLinks(text), [
      { line: 1, target: 'x.md' },
      { line: 1, target: 'y.png' },
    ]);
  });

  it('would be refused when they lead nowhere or to a line', () => {
    assert.equal(problemWith('README.md', 'no/such/file.ts'), 'no such file');
    assert.equal(problemWith('docs/x.md', 'README.md'), 'no such file');
    assert.ok(problemWith('README.md', 'package.json#L3'));
    assert.equal(problemWith('README.md', 'ARCHITECTURE.md#anything'), undefined);
  });

  it('lead to files that exist', () => {
    const files = documents();
    for (const name of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'])
      assert.ok(files.includes(name), name);
    const broken = files.flatMap((file) =>
      relativeLinks(readFileSync(join(ROOT, file), 'utf8')).flatMap(({ line, target }) => {
        const problem = problemWith(file, target);
        return problem === undefined ? [] : [`${relative('.', file)}:${line}: ${target}: ${problem}`];
      }),
    );
    assert.deepEqual(broken, []);
  });
});
