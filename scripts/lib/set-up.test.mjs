import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ROOT } from './paths.mjs';
import { BUILD_PARTS, missingLine, missingOf } from './system-packages.mjs';

/** A clone with the scripts alone; `npm`, `node` and the compiler are stand-ins that say that they were called. */
describe('set-up', () => {
  let clone;

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'lagpipe-clone-'));
    cpSync(join(ROOT, 'scripts'), join(clone, 'scripts'), { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(clone, 'package.json'));
    put('package-lock.json', { packages: { '': {}, 'node_modules/a': { version: '1.0.0' } } });
  });

  afterEach(() => rmSync(clone, { recursive: true }));

  function put(path, content) {
    mkdirSync(join(clone, path, '..'), { recursive: true });
    writeFileSync(join(clone, path), typeof content === 'string' ? content : JSON.stringify(content), {
      mode: 0o755,
    });
  }

  /** `as` is a command in front of Node. */
  function evaluate(module, expression, env = process.env, as = []) {
    const path = JSON.stringify(join(clone, 'scripts/lib', module));
    const code = `import * as m from ${path}; console.log(JSON.stringify(await (${expression})) ?? '');`;
    const [file, ...args] = [...as, process.execPath, '--input-type=module', '-e', code];
    const { stdout, stderr, status } = spawnSync(file, args, {
      cwd: clone,
      env,
      encoding: 'utf8',
    });
    return { value: stdout.trim() && JSON.parse(stdout), stderr, status };
  }

  const areInstalled = () => evaluate('npm-packages.mjs', 'm.areNpmPackagesInstalled()').value;
  const installed = (packages) => put('node_modules/.package-lock.json', { packages });

  it('sees when npm packages are missing, complete, or of another version', () => {
    assert.equal(areInstalled(), false);
    installed({ 'node_modules/a': { version: '1.0.0' } });
    assert.equal(areInstalled(), true);
    installed({ 'node_modules/a': { version: '0.9.0' } });
    assert.equal(areInstalled(), false);
    installed({});
    assert.equal(areInstalled(), false);
  });

  it('wants the optional packages for this machine and no others', () => {
    const optional = (version, os) => ({ version, optional: true, os: [os], cpu: [process.arch] });
    put('package-lock.json', {
      packages: { here: optional('1.0.0', process.platform), there: optional('1.0.0', 'plan9') },
    });
    installed({});
    assert.equal(areInstalled(), false);
    installed({ here: { version: '1.0.0' } });
    assert.equal(areInstalled(), true);
  });

  it('installs with the npm that started it, which never runs on the Node that it replaces', () => {
    put('tools/npm-cli.js', 'console.log(process.argv.slice(2).join(" "), process.version); process.exit(1)');
    const node = process.execPath;
    const env = { ...process.env, npm_execpath: join(clone, 'tools/npm-cli.js'), npm_node_execpath: node };
    const { stderr, status } = evaluate('npm-packages.mjs', 'm.installNpmPackages()', env);
    assert.equal(status, 1);
    assert.match(stderr, /npm packages failed[\s\S]*install --no-save[\s\S]*exit code 1/);
    put('tools/npm', '#!/bin/sh\necho the npm on the path; exit 1\n');
    put('node_modules/.bin/npm', '#!/bin/sh\necho the wrong npm; exit 1\n');
    const own = { ...env, npm_node_execpath: join(clone, 'node_modules/x/bin/node') };
    const PATH = `${join(clone, 'node_modules/.bin')}:${join(clone, 'tools')}:${process.env.PATH}`;
    put('node_modules/x/bin/node', '#!/bin/sh\necho replaced; exit 1\n');
    assert.match(
      evaluate('npm-packages.mjs', 'm.installNpmPackages()', { ...own, PATH }).stderr,
      /the npm on the path/,
    );
  });

  it('takes the packaged Node when it runs, this one when it does not, and then clears the way to it', () => {
    const packaged = `node_modules/node-linux-${process.arch}/bin/node`;
    put(packaged, '#!/bin/sh\nexit 0\n');
    assert.equal(evaluate('pinned-node.mjs', 'm.pinnedNode()').value, join(clone, packaged));
    put(packaged, '#!/bin/sh\n# another C library\nexit 127\n');
    spawnSync('ln', ['-s', join(clone, packaged), join(clone, 'node_modules/.bin-node')]);
    mkdirSync(join(clone, 'node_modules/.bin'), { recursive: true });
    spawnSync('mv', [join(clone, 'node_modules/.bin-node'), join(clone, 'node_modules/.bin/node')]);
    assert.equal(evaluate('pinned-node.mjs', 'm.pinnedNode()').value, process.execPath);
    assert.equal(existsSync(join(clone, 'node_modules/.bin/node')), false);
  });

  it('runs in a clone that this user may not write to, and says that the agent there is old', () => {
    const packaged = `node_modules/node-linux-${process.arch}/bin/node`;
    put(packaged, '#!/bin/sh\nexit 0\n');
    put('src/main.ts', '');
    put('dist/main.js', '');
    for (const folder of ['dist', '.']) chmodSync(join(clone, folder), 0o555);
    // Root without capabilities has to keep to the permissions, too.
    const as = process.getuid() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : [];
    const pinned = evaluate('pinned-node.mjs', 'm.pinnedNode()', process.env, as);
    assert.equal(pinned.value, join(clone, packaged), pinned.stderr);
    const { status, stderr } = evaluate('bundle.mjs', 'm.bundle()', process.env, as);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^setup: the agent is older than its sources, .* npm run setup\n$/);
    chmodSync(clone, 0o755);
  });

  it('does a step again when a file changed, came or went', () => {
    put('src/a.ts', '1');
    const signature = () => evaluate('stamp.mjs', `m.signatureOf(m.filesBelow('src', () => true))`).value;
    const first = signature();
    assert.equal(signature(), first);
    put('src/sub/b.ts', '2');
    const second = signature();
    assert.notEqual(second, first);
    put('src/a.ts', '11');
    assert.notEqual(signature(), second);
    rmSync(join(clone, 'src/sub/b.ts'));
    assert.notEqual(signature(), first);
  });

  it('says in one line what is missing, why and how to get it everywhere', () => {
    const line = missingLine(BUILD_PARTS.slice(0, 2), 'nothing can be built');
    assert.equal(line.includes('\n'), false);
    assert.match(line, /^missing: make, clang; nothing can be built\. Get it: apt-get install make clang /);
    assert.match(line, /dnf install make clang .*apk add make clang /);
    assert.deepEqual(missingOf([{ isThere: () => true }]), []);
  });

  it('names every package that loader/Makefile links', () => {
    const makefile = readFileSync(join(ROOT, 'loader/Makefile'), 'utf8');
    const [, libraries] = /^LIBRARIES := (.+)$/m.exec(makefile) ?? [];
    for (const library of libraries.split(' ')) {
      const name = library.replace(/^lib/, '');
      assert.ok(
        BUILD_PARTS.some(({ apt }) => apt === `lib${name}-dev`),
        `no package for ${library}`,
      );
    }
  });
});
