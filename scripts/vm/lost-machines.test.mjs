import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT } from '../lib/paths.mjs';
import { runDespiteLostMachines } from './lost-machines.mjs';

const tally = (file, { failures = 0, signal } = {}) => ({
  file: join(ROOT, file),
  failures: Array(failures).fill({}),
  signal,
});

/** What each machine was given, what came out in the end, and what was said. */
async function run(files, machines, isTimeLeft = () => true) {
  const given = [];
  const said = [];
  const runOnce = async (chosen) => {
    given.push(chosen);
    return machines[given.length - 1];
  };
  const { tallies, ending } = await runDespiteLostMachines(files, runOnce, {
    isTimeLeft,
    say: (line) => said.push(line),
  });
  return { given, said, ending, files: tallies.map(({ file }) => file.slice(ROOT.length + 1)) };
}

describe('a virtual machine that is lost', () => {
  it('leaves a test that failed as it is', async () => {
    const failed = { tallies: [tally('a', { failures: 1 }), tally('b')], ending: 'exit code 1' };
    const { given, said, ending } = await run(['a', 'b'], [failed]);
    assert.deepEqual(given, [['a', 'b']]);
    assert.deepEqual(said, []);
    assert.equal(ending, 'exit code 1');
  });

  it('is replaced for the files that have no result, and that is said', async () => {
    const died = { tallies: [tally('a', { failures: 1 })], ending: 'SIGSEGV' };
    const { given, said, files, ending } = await run(
      ['a', 'b', 'c'],
      [died, { tallies: [tally('b'), tally('c')] }],
    );
    assert.deepEqual(given, [
      ['a', 'b', 'c'],
      ['b', 'c'],
    ]);
    assert.deepEqual(files, ['a', 'b', 'c']);
    assert.match(said[0], /MACHINE LOST, SIGSEGV; .*b, c/);
    assert.equal(ending, undefined);
  });

  it('is replaced for a file whose Node a signal ended', async () => {
    const crashed = {
      tallies: [tally('a', { failures: 1, signal: 'SIGSEGV' }), tally('b')],
      ending: 'exit code 1',
    };
    const { given, files } = await run(['a', 'b'], [crashed, { tallies: [tally('a')] }]);
    assert.deepEqual(given[1], ['a']);
    assert.deepEqual(files, ['b', 'a']);
  });

  it('is replaced once, and not when the time is over', async () => {
    const died = { tallies: [], ending: 'no end within 900 s' };
    assert.equal((await run(['a'], [died, died])).given.length, 2);
    const late = await run(['a'], [died], () => false);
    assert.equal(late.given.length, 1);
    assert.equal(late.ending, 'no end within 900 s');
  });
});
