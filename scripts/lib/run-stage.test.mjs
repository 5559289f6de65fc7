import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, describe, it } from 'node:test';
import { ROOT } from './paths.mjs';

const MINUTE_MILLIS = 60_000;

describe('a stage of npm test', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-stage-'));
  after(() => rmSync(folder, { recursive: true }));

  /** In a process of its own, because a stage prints, and Node's runner inside a test reports to that test. */
  function run(stage, limitMillis = MINUTE_MILLIS) {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const module = JSON.stringify(join(ROOT, 'scripts/lib/run-stage.mjs'));
    const call = `runStage(${JSON.stringify(stage)}, process.execPath, ${limitMillis})`;
    const code = `import { runStage } from ${module}; console.log('\\n' + JSON.stringify(await ${call}));`;
    const args = ['--input-type=module', '-e', code];
    const { stdout } = spawnSync(process.execPath, args, { cwd: ROOT, env, encoding: 'utf8' });
    const lines = stdout.trimEnd().split('\n');
    return { ...JSON.parse(lines.pop()), printed: lines.join('\n') };
  }

  function runTests(text) {
    const path = join(folder, 'sample.test.mjs');
    writeFileSync(path, `import { before, describe, it } from 'node:test';\n${text}`);
    return run({ name: 'sample', files: [path] });
  }

  /** Files that share processes, by what is in them. */
  function runShared(texts, sharedProcesses = 1) {
    const files = texts.map((text, index) => {
      const path = join(folder, `shared-${index}.test.mjs`);
      writeFileSync(path, `import { it } from 'node:test';\n${text}`);
      return relative(ROOT, path);
    });
    return run({ name: 'shared', files, sharedProcesses });
  }

  const counts = ({ passed, failed, skips }) => [passed, failed, skips.length];

  it('counts a command as one, and prints what a failing one printed', () => {
    assert.deepEqual(counts(run({ name: 'x', command: ['true'] })), [1, 0, 0]);
    const { printed, ...failing } = run({ name: 'x', command: ['sh', '-c', 'echo the reason >&2; exit 3'] });
    assert.deepEqual(counts(failing), [0, 1, 0]);
    assert.match(printed, /^the reason$[\s\S]*exit code 3/m);
  });

  it('fails when its command is not there or does not end', () => {
    assert.deepEqual(counts(run({ name: 'x', command: ['no-such-command'] })), [0, 1, 0]);
    const late = run({ name: 'x', command: ['sleep', '600'] }, 100);
    assert.deepEqual(counts(late), [0, 1, 0]);
    assert.match(late.printed, /no end within/);
  });

  it('is skipped with its reason', () => {
    const { skips, passed } = run({ name: 'x', command: ['false'], whyNot: 'no such machine' });
    assert.deepEqual(skips, [{ name: 'x', reason: 'no such machine' }]);
    assert.equal(passed, 0);
  });

  it('counts tests that pass, fail and are skipped, and shows failures in full', () => {
    const outcome = runTests(`
      describe('outer', () => {
        it('good', () => {});
        it('bad', () => { console.log('seen before'); throw new Error('the reason'); });
        it('left out', { skip: 'not here' }, () => {});
      });
      it('also good', () => {});`);
    assert.deepEqual(counts(outcome), [2, 1, 1]);
    assert.match(outcome.printed, /outer > bad\nError: the reason\n[\s\S]*seen before/);
    assert.equal(outcome.skips[0].reason, 'not here');
  });

  it('counts a suite that is skipped as a whole, with its reason', () => {
    const { skips, failed } = runTests(
      `describe('all', { skip: 'needs root' }, () => { it('x', () => {}); });`,
    );
    assert.deepEqual(
      skips.map(({ reason }) => reason),
      ['needs root'],
    );
    assert.equal(failed, 0);
  });

  for (const [what, text] of [
    ['a skip without a reason', `it('x', { skip: true }, () => {});`],
    ['a file without tests', `void it;`],
    ['a file that does not load', `throw new Error('broken');`],
    [
      'a hook that throws',
      `describe('x', () => { before(() => { throw new Error('broken'); }); it('y', () => {}); });`,
    ],
  ]) {
    it(`takes ${what} as a failure`, () => assert.ok(runTests(text).failed > 0));
  }

  it('counts every test of files that share processes', () => {
    const many = Array.from({ length: 5 }, (_, index) => `it('${index}', () => {}); it('b', () => {});`);
    assert.deepEqual(counts(runShared(many, 2)), [10, 0, 0]);
  });

  it('counts a failure among files that share processes once, and in full', () => {
    const good = `it('good', () => {});`;
    const outcome = runShared([good, `it('bad', () => { throw new Error('the reason'); });`, good]);
    assert.deepEqual(counts(outcome), [2, 1, 0]);
    assert.match(outcome.printed, /bad\nError: the reason\n/);
  });

  for (const [what, text] of [
    ['ends its process as if all were well', `it('x', () => process.exit(0));`],
    ['is killed', `it('x', () => process.kill(process.pid, 'SIGKILL'));`],
    [
      'throws after its test is over',
      `it('x', () => { setImmediate(() => { throw new Error('late'); }); }); it('y', () => new Promise(setImmediate));`,
    ],
    ['does not load', `throw new Error('broken');`],
    ['has no test', `void it;`],
    [
      'swallows what is printed',
      `it('x', () => { process.stdout.write = () => true; throw new Error('bad'); });`,
    ],
  ]) {
    it(`notices one of many files that ${what}`, () => {
      const good = `it('good', () => {});`;
      const { failed, printed } = runShared([good, text, good]);
      assert.ok(failed > 0);
      assert.match(printed, /FAIL/);
    });
  }

  it('takes a run without any file as a failure', () => {
    const { failed, printed } = run({ name: 'x', files: [join(folder, 'nothing/*.test.ts')] });
    assert.equal(failed, 1);
    assert.match(printed, /it ran no test/);
  });
});
