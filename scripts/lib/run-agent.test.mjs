import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from './paths.mjs';

/** In the place of the agent: says when it is ready, and reports a moment after the first signal. */
const AGENT = `
process.stdout.write('ready ' + process.argv.slice(2).join(' ') + '\\n');
setInterval(() => {}, 1000);
if (process.argv[2] === 'run') {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => setTimeout(() => process.stdout.write('last report\\n', () => process.exit(3)), 100));
  }
}
`;

describe('the agent behind its command', () => {
  const clone = mkdtempSync(join(tmpdir(), 'lagpipe-clone-'));
  const sameNode = process.execPath;
  const otherNode = join(clone, 'other-node');
  const linkedNode = join(clone, 'linked-node');

  before(() => {
    cpSync(join(ROOT, 'scripts/lib'), join(clone, 'scripts/lib'), { recursive: true });
    mkdirSync(join(clone, 'dist'));
    writeFileSync(join(clone, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(clone, 'dist/main.js'), AGENT);
    symlinkSync(sameNode, linkedNode);
    writeFileSync(otherNode, `#!/bin/sh\nexec '${sameNode}' "$@"\n`, { mode: 0o755 });
    writeFileSync(
      join(clone, 'scripts/lagpipe.mjs'),
      "import { runAgent } from './lib/run-agent.mjs'; await runAgent(process.execPath, process.argv.slice(2));",
    );
  });

  after(() => rmSync(clone, { recursive: true }));

  /** Starts the agent on the given Node, sends the signals once it is ready, and waits for its end. */
  async function signalled(node, args, signals, setup = '') {
    const module = JSON.stringify(join(clone, 'scripts/lib/run-agent.mjs'));
    const code = `${setup}; import { runAgent } from ${module};
      await runAgent(${JSON.stringify(node)}, ${JSON.stringify(args)});`;
    const child = spawn(sameNode, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.stdout.setEncoding('utf8').on('data', (text) => {
      // Apart, because the kernel joins a signal with one of its kind that still waits.
      if (stdout === '') {
        for (const [index, signal] of signals.entries()) setTimeout(() => child.kill(signal), index * 30);
      }
      stdout += text;
    });
    const [exitCode, signal] = await once(child, 'close');
    return { exitCode, signal, stdout, stderr };
  }

  for (const [how, node, setup] of [
    ['in the same process', sameNode, ''],
    ['instead of the process', otherNode, ''],
    ['as its child', otherNode, 'process.execve = undefined'],
  ]) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      it(`gives its last report although ${signal} comes twice (${how})`, async () => {
        const { exitCode, stdout, stderr } = await signalled(node, ['run', 'a b'], [signal, signal], setup);
        assert.equal(stdout, 'ready run a b\nlast report\n');
        assert.equal(exitCode, 3);
        assert.equal(stderr, '');
      });
    }

    it(`ends by a signal that it does not handle (${how})`, async () => {
      const { exitCode, signal } = await signalled(node, ['validate'], ['SIGINT'], setup);
      assert.ok(signal === 'SIGINT' || exitCode === 130, `${exitCode} ${signal}`);
    });
  }

  it('does not start itself for ever where node_modules is a link', async () => {
    const again = 'process.execve = () => process.exit(9)';
    const { exitCode, stdout } = await signalled(linkedNode, ['run'], ['SIGINT'], again);
    assert.equal(stdout, 'ready run\nlast report\n');
    assert.equal(exitCode, 3);
  });
});
