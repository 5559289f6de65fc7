import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { loaderPath } from '../../src/loader/loader-path.ts';
import { ROOT } from '../root.ts';
import { AgentProcess } from './lib/agent-process.ts';
import { hasKernelName, whyNoKernelTests } from './lib/host.ts';
import { loadersOf } from './lib/loaders.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';
import { stageTotals } from './lib/stage-histograms.ts';

const skip = whyNoKernelTests() ?? whyNoCapabilities() ?? false;
/** As users run it; in a virtual machine the bundle, for its Node crashes over the sources now and then. */
const MAIN = process.env.LAGPIPE_TEST_AGENT ?? join(ROOT, 'src/main.ts');
const SOURCES = ['ebpf_stack_latency', 'ebpf_tcp_connect', 'ebpf_tcp_life', 'ebpf_tcp_events'];
const NOBODY = 65_534;
const ANOTHER_GROUP = 54_321;
const KEPT = skip ? 0n : keptCapabilities();
const SETTLED = { CapInh: 0n, CapPrm: KEPT, CapEff: KEPT, CapAmb: 0n, NoNewPrivs: 1n };

/** Before 5.19, as kptr_xchg tells, only CAP_BPF lets a process read open maps where bpf(2) is closed to all others. */
function keptCapabilities(): bigint {
  const isClosed = readFileSync('/proc/sys/kernel/unprivileged_bpf_disabled', 'utf8').trim() !== '0';
  return isClosed && !hasKernelName('BPF_FUNC_kptr_xchg') ? 1n << 39n : 0n;
}

function whyNoCapabilities(): string | undefined {
  for (const command of ['setcap', 'setpriv']) {
    if (spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0)
      return `${command} is not installed: apt-get install libcap2-bin util-linux`;
  }
  return undefined;
}

/** The capability sets and the no_new_privs bit of a process, proc(5). */
function privilegesOf(pid: number): Record<string, bigint> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const lines = status.matchAll(/^(Cap\w+|NoNewPrivs|Uid):\s+([0-9a-f]+)/gm);
  return Object.fromEntries(
    [...lines].map(([, name, value]) => [name, name === 'Uid' ? BigInt(value) : BigInt(`0x${value}`)]),
  );
}

/** Starts an agent with every program, checks its loaders' privileges and that they count what happens then. */
async function measuresWith(privileges: Readonly<Record<string, bigint>>): Promise<void> {
  const settings: Readonly<Record<string, string>> = {
    ebpf_stack_latency: 'interval: 200ms, network_namespace: own',
  };
  using namespace = new NetworkNamespace();
  await using agent = new AgentProcess(
    SOURCES.map((source) => `  ${source}: { ${settings[source] ?? ''} }`).join('\n'),
    { namespace },
  );
  for (const source of SOURCES) await agent.live(source);
  const loaders = loadersOf(agent.pid);
  assert.equal(loaders.length, SOURCES.length);
  for (const loader of loaders) {
    const found = privilegesOf(loader);
    for (const [name, value] of Object.entries(privileges)) assert.equal(found[name], value, name);
  }
  const { port } = await namespace.traffic('connects', '4', '200');
  await namespace.traffic('messages', 'udp', '4', '300', '0', '0');
  const { exitCode, records } = await agent.stop();
  assert.equal(exitCode, 0, agent.stderr);
  assert.equal(
    records.filter(
      (record) => record.event === 'tcp.connect' && record.attributes['network.peer.port'] === port,
    ).length,
    200,
  );
  assert.equal(stageTotals(records, 'udp-socket-read').count, 300);
}

describe('privileges of the loader', { skip, concurrency: false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-test-'));
  const granted = join(folder, 'lagpipe-loader');
  const chosen = process.env.LAGPIPE_LOADER;

  before(() => {
    chmodSync(folder, 0o755);
    copyFileSync(loaderPath(), granted);
  });

  after(() => {
    if (chosen === undefined) delete process.env.LAGPIPE_LOADER;
    else process.env.LAGPIPE_LOADER = chosen;
    rmSync(folder, { recursive: true });
  });

  function lagpipe(...arguments_: string[]): string {
    return execFileSync(process.execPath, [MAIN, ...arguments_], {
      encoding: 'utf8',
      env: { ...process.env, LAGPIPE_LOADER: granted },
    });
  }

  it('as root it keeps none of them once it measures', () =>
    measuresWith({ ...SETTLED, CapBnd: 0n, Uid: 0n }));

  it('as a user it measures with those that were granted, and keeps none', async () => {
    const group = /^([^:]+):[^:]*:65534:/m.exec(readFileSync('/etc/group', 'utf8'))?.[1] ?? '';
    assert.match(lagpipe('grant', '--group', group), /tried as user/);
    const asNobody = join(folder, 'as-nobody');
    writeFileSync(
      asNobody,
      `#!/bin/sh\nexec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups ${granted}\n`,
      { mode: 0o755 },
    );
    process.env.LAGPIPE_LOADER = asNobody;
    await measuresWith({ ...SETTLED, Uid: BigInt(NOBODY) });
  });

  it('a user of another group may not run it', () => {
    const { error } = spawnSync(granted, ['--version'], { uid: NOBODY, gid: ANOTHER_GROUP });
    assert.equal((error as NodeJS.ErrnoException | undefined)?.code, 'EACCES');
  });

  it('takes the capabilities away again', () => {
    lagpipe('grant', '--revoke');
    assert.equal(statSync(granted).mode & 0o777, 0o755);
    const { stdout } = spawnSync(granted, ['probe'], { uid: NOBODY, gid: NOBODY, encoding: 'utf8' });
    const { missing_capabilities } = JSON.parse(stdout);
    assert.deepEqual(missing_capabilities, ['CAP_BPF', 'CAP_PERFMON', 'CAP_NET_ADMIN', 'CAP_NET_RAW']);
  });

  it('without setcap it says what to install, and leaves the loader as it was', () => {
    const { status, signal, stderr } = spawnSync(process.execPath, [MAIN, 'grant', '--group', 'root'], {
      env: { ...process.env, LAGPIPE_LOADER: granted, PATH: folder },
      encoding: 'utf8',
    });
    assert.equal(status, 1, `${signal} ${stderr}`);
    assert.match(stderr, /^lagpipe grant: setcap is not installed: apt-get install libcap2-bin .*\n$/);
    assert.equal(statSync(granted).mode & 0o777, 0o755);
  });

  it('leads root to no other file', () => {
    const link = join(folder, 'link');
    execFileSync('ln', ['-s', granted, link]);
    const refused = (path: string) =>
      spawnSync(process.execPath, [MAIN, 'grant', '--revoke'], {
        env: { ...process.env, LAGPIPE_LOADER: path },
      }).status;
    assert.equal(refused(link), 1);
    execFileSync('ln', [granted, join(folder, 'second')]);
    assert.equal(refused(granted), 1);
  });

  it('closes the files that it inherits', async () => {
    const inherited = openSync('/etc/hostname', 'r');
    const loader = spawn(granted, [], { stdio: ['pipe', 'pipe', 'ignore', inherited] });
    closeSync(inherited);
    loader.stdin?.write('{"program":"tcp_connect"}\n');
    await once(loader.stdout!, 'data');
    const files = readdirSync(`/proc/${loader.pid}/fd`).map((fd) => {
      return readlinkSync(`/proc/${loader.pid}/fd/${fd}`);
    });
    loader.stdin?.end();
    loader.stdout?.resume();
    const [exitCode] = await once(loader, 'exit');
    assert.equal(exitCode, 0);
    assert.equal(files.includes('/etc/hostname'), false);
    assert.ok(files.some((file) => file.includes('bpf')));
  });
});
