import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { ROOT } from '../root.ts';
import { lagpipe, startLagpipe } from './lagpipe.ts';

const PROC_TO_JSON = `sources:
  proc: { interval: 100ms }
sinks:
  stdout: { format: json }
pipelines:
  host: { sources: [proc], sinks: [stdout] }
`;

describe('the command line', () => {
  for (const command of ['doctor', 'run', 'pcap', 'validate', 'dry-run', 'list', 'schema']) {
    it(`explains ${command} with an example`, async () => {
      const { exitCode, stdout } = await lagpipe(command, '--help');
      assert.equal(exitCode, 0);
      assert.match(stdout, /Examples:\n {2}\$ lagpipe /);
    });
  }

  for (const wrong of [
    [],
    ['rum'],
    ['run'],
    ['run', 'x.yaml', '--for', '5'],
    ['list', 'sauces'],
    ['run', '--nope'],
  ]) {
    it(`exits 2 on wrong usage: lagpipe ${wrong.join(' ')}`, async () => {
      const { exitCode, stderr, stdout } = await lagpipe(...wrong);
      assert.equal(exitCode, 2);
      assert.ok(stderr.length > 0);
      assert.equal(stdout, '');
    });
  }

  it('suggests the command that was meant', async () => {
    assert.match((await lagpipe('validat', 'x.yaml')).stderr, /Did you mean validate\?/);
  });

  it('exits 2 when a file cannot be read, and names it', async () => {
    const { exitCode, stderr } = await lagpipe('run', 'no-such.yaml');
    assert.equal(exitCode, 2);
    assert.match(stderr, /^no-such\.yaml: error: cannot read it: there is no such file\n$/);
    assert.match((await lagpipe('run', ROOT)).stderr, /cannot read it: it is a folder; name the files in it/);
    assert.match((await lagpipe('validate', '/dev/zero')).stderr, /cannot read it: it is longer than 16 MiB/);
  });

  it('waits for a file from a pipe that is filled slowly', async () => {
    const command = `'${process.execPath}' '${join(ROOT, 'scripts/lagpipe.mjs')}' validate -`;
    const child = spawn('sh', [
      '-c',
      `(sleep 1; cat '${join(ROOT, 'pipelines/default.yaml')}') | ${command}`,
    ]);
    const stderr = text(child.stderr);
    assert.deepEqual(await once(child, 'exit'), [0, null], await stderr);
  });

  it('lists every component with its summary', async () => {
    const { stdout } = await lagpipe('list', 'sources');
    for (const id of ['ebpf_stack_latency', 'ebpf_tcp_connect', 'proc', 'self']) {
      assert.match(stdout, new RegExp(`^ {2}${id} +\\S`, 'm'));
    }
  });

  it('prints a schema that parses, although it is longer than a pipe holds', async () => {
    const { stdout } = await lagpipe('schema');
    assert.ok(stdout.length > 65_536);
    assert.equal(JSON.parse(stdout).$schema, 'https://json-schema.org/draft/2020-12/schema');
  });
});

describe('validate', () => {
  it('accepts every pipeline that comes with lagpipe', async () => {
    const files = readdirSync(join(ROOT, 'pipelines')).map((name) => `pipelines/${name}`);
    const { exitCode, stdout, stderr } = await lagpipe('validate', ...files);
    assert.equal(stderr, '');
    assert.equal(exitCode, 0);
    assert.equal(stdout.trimEnd().split('\n').length, files.length);
  });

  it('exits 78 and shows the place', async () => {
    const { finished } = startLagpipe(['validate', '-'], { input: PROC_TO_JSON.replace('100ms', '100') });
    const { exitCode, stderr } = await finished;
    assert.equal(exitCode, 78);
    assert.match(stderr, /^-:2:21: error: .*\n.*interval: 100.*\n.*\^\^\^/);
  });
});

describe('run', () => {
  it('measures for the given time, writes JSON lines and accounts for every record', async () => {
    const { finished } = startLagpipe(['run', '-', '--for', '1s', '--stats'], { input: PROC_TO_JSON });
    const { exitCode, stdout, stderr } = await finished;
    assert.equal(exitCode, 0);
    const lines = stdout.trimEnd().split('\n');
    for (const line of lines) assert.ok(JSON.parse(line).metric);
    const [, out] = /^source proc +(\d+)/m.exec(stderr) ?? [];
    const [, received, delivered] = /^sink stdout +(\d+) +(\d+)/m.exec(stderr) ?? [];
    assert.equal(out, String(lines.length));
    assert.equal(received, out);
    assert.equal(delivered, out);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`flushes and exits 0 on ${signal}`, async () => {
      const { child, finished } = startLagpipe(['run', '-'], { input: PROC_TO_JSON });
      await once(child.stdout!, 'data');
      child.kill(signal);
      const { exitCode, stdout } = await finished;
      assert.equal(exitCode, 0);
      assert.ok(stdout.endsWith('\n'));
    });
  }

  it('says on Ctrl-C what it waits for, and ends at once on the second', async () => {
    const input = PROC_TO_JSON.replace(
      'json }',
      "json }\n  otlp: { endpoint: 'http://127.0.0.1:9' }",
    ).replace('[stdout]', '[stdout, otlp]');
    const { child, finished } = startLagpipe(['run', '-'], { input });
    await once(child.stdout!, 'data');
    child.kill('SIGINT');
    let said = '';
    for await (const [text] of on(child.stderr!, 'data')) {
      said += text;
      if (said.includes('stopping: ')) break;
    }
    child.kill('SIGINT');
    await finished;
    assert.equal(child.signalCode, 'SIGINT');
  });

  for (const words of [
    ['run', '-'],
    ['dry-run', '-', '--for', '60s'],
  ]) {
    it(`ends quietly when nobody reads its output any more: ${words[0]}`, async () => {
      const { child, finished } = startLagpipe(words, { input: PROC_TO_JSON });
      await once(child.stdout!, 'data');
      child.stdout!.destroy();
      const { exitCode, stderr } = await finished;
      assert.equal(exitCode, 0, stderr);
      assert.equal(stderr.includes('EPIPE'), false, stderr);
    });
  }

  for (const words of [
    ['run', '-', '--for', '60s'],
    ['dry-run', '-', '--for', '60s'],
    ['validate', '-'],
    ['list'],
    ['schema'],
    ['doctor', '--for', '100ms'],
  ]) {
    it(`exits 1 with the reason when standard output is full, instead of going on for nobody: ${words[0]}`, async () => {
      const command = [process.execPath, join(ROOT, 'scripts/lagpipe.mjs'), ...words];
      const child = spawn('sh', ['-c', `exec ${command.map((word) => `'${word}'`).join(' ')} >/dev/full`]);
      child.stdin.end(PROC_TO_JSON);
      const stderr = text(child.stderr);
      assert.deepEqual(await once(child, 'exit'), [1, null]);
      assert.match(await stderr, /^(error stdout|lagpipe: cannot print): ENOSPC/m);
    });
  }

  it('exits 1 when a sink cannot start, before any source has', async () => {
    const input = PROC_TO_JSON.replace(
      'stdout: { format: json }',
      'file: { path: /proc/no/such/folder/x }',
    ).replace('sinks: [stdout]', 'sinks: [file]');
    const { exitCode, stderr } = await startLagpipe(['run', '-', '--for', '5s'], { input }).finished;
    assert.equal(exitCode, 1);
    assert.match(stderr, /\/proc\/no\/such\/folder/);
  });
});

describe('dry-run', () => {
  it('prints what an OTLP sink would send and sends nothing', async () => {
    const input = PROC_TO_JSON.replace(
      'stdout: { format: json }',
      'otlp: { endpoint: "http://127.0.0.1:9" }',
    ).replace('sinks: [stdout]', 'sinks: [otlp]');
    const { exitCode, stdout, stderr } = await startLagpipe(['dry-run', '-', '--for', '500ms'], { input })
      .finished;
    assert.equal(exitCode, 0);
    assert.match(stdout, /^--- otlp\n/);
    assert.match(stdout, /system\.network\.io/);
    assert.equal(stderr.includes('ECONNREFUSED'), false);
  });
});

describe('what a running agent loads', () => {
  it('leaves out what Node itself brings for the network, unless a pipeline uses it', async () => {
    const say = 'process.on("exit", () => fs.writeSync(2, `loaded ${process.moduleLoadList.join()}\\n`))';
    const { stderr } = await startLagpipe(['run', '-', '--for', '100ms'], {
      input: PROC_TO_JSON,
      environment: {
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`import fs from "fs";${say}`)}`,
      },
    }).finished;
    const loaded = /^loaded (.*)/m.exec(stderr)?.[1].split(',') ?? [];
    assert.ok(loaded.includes('NativeModule events'), stderr);
    assert.deepEqual(
      loaded.filter((name) => /undici\/|http|tls|crypto/.test(name) && name.startsWith('NativeModule ')),
      [],
    );
  });
});
