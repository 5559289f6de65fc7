import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lagpipe } from './lagpipe.ts';

describe('lagpipe doctor', { concurrency: true }, () => {
  it('prints exactly one JSON object, and nothing else', async () => {
    const { exitCode, stdout, stderr } = await lagpipe('doctor', '--for', '2s', '--json');
    assert.ok(exitCode === 0 || exitCode === 3, stderr);
    assert.equal(stderr.replace(/^setup: .*\n/gm, ''), '');
    const report = JSON.parse(stdout);
    assert.ok(Array.isArray(report.findings));
    assert.equal(
      exitCode === 3,
      report.findings.some(({ severity }: { severity: string }) => severity === 'critical'),
    );
    assert.ok(Array.isArray(report.picture.counters));
    assert.ok(report.unseen.every(({ why }: { why: string }) => why.length > 0));
  });

  it('prints a report for a person', async () => {
    const { stdout } = await lagpipe('doctor', '--for', '2s');
    assert.match(stdout, /^lagpipe doctor on \S+ · looked for 2 s · /);
  });

  it('says what is wrong with an option', async () => {
    const { exitCode, stderr } = await lagpipe('doctor', '--for', '5');
    assert.equal(exitCode, 2);
    assert.match(stderr, /Write a number and a unit/);
  });
});
