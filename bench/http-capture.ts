import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NetworkNamespace } from '../test/kernel/lib/network-namespace.ts';

/** Commands that making a capture takes, named like their packages. */
export const CAPTURE_TOOLS = ['nginx', 'wrk', 'tcpdump'];

const PORT = 8080;
/** Several connections at a time, some with a close after each request, as a busy server has them. */
const CLIENTS = [
  { connections: 24, script: 'mixed' },
  { connections: 8, script: 'closing' },
] as const;
const LONGEST_SECONDS = 240;

const NGINX = `
daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log error.log;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; keepalive_requests 1000; root www;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server { listen 127.0.0.1:${PORT}; error_page 405 =200 $uri; }
}`;

/** Paths that differ, four sizes of response: most small, one in 64 large; one request in eight with a body. */
const MIXED = `
local sizes = { "100", "100", "100", "100", "1000", "100", "100", "4000" }
local n = 0
request = function()
  n = n + 1
  local size = n % 64 == 0 and "40000" or sizes[n % 8 + 1]
  local path = "/" .. size .. "?id=" .. n
  if n % 8 == 0 then return wrk.format("POST", path, nil, string.rep("x", 700)) end
  return wrk.format("GET", path)
end`;
const CLOSING = `wrk.headers["Connection"] = "close"\nwrk.path = "/1000"`;

/**
 * A capture of nginx and wrk on the loopback of a network namespace, whole packets, exactly so many; made once and kept in
 * the system's temporary folder. Needs root, nginx, wrk and tcpdump.
 */
export async function httpCapture(packets: number): Promise<string> {
  const kept = join(tmpdir(), 'lagpipe-bench-captures');
  const path = join(kept, `http-${packets}.pcap`);
  if (existsSync(path)) return path;
  process.stdout.write(`(makes ${path} first)\n`);
  mkdirSync(kept, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-bench-'));
  try {
    const made = join(folder, 'made.pcap');
    await capture(folder, made, packets);
    renameSync(made, path);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return path;
}

async function capture(folder: string, path: string, packets: number): Promise<void> {
  writeFiles(folder);
  using namespace = new NetworkNamespace();
  const start = (...command: string[]) => {
    const [file, ...rest] = namespace.command(...command);
    return spawn(file, rest, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const server = start('nginx', '-p', folder, '-c', 'nginx.conf');
  const running: ChildProcess[] = [server];
  try {
    await listening(namespace);
    // The buffer is in KiB: what the disk does not take at once must not be lost.
    const whole = ['-s', '0', '-B', '1048576', '-c', String(packets), '-Z', 'root'];
    const tcpdump = start('tcpdump', '-i', 'lo', '-w', path, ...whole, 'tcp', 'port', String(PORT));
    running.push(tcpdump);
    let said = '';
    tcpdump.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await once(tcpdump.stderr!, 'data');
    for (const { connections, script } of CLIENTS) {
      const load = [
        '-t',
        '1',
        '-c',
        String(connections),
        '-d',
        String(LONGEST_SECONDS),
        '-s',
        `${script}.lua`,
      ];
      running.push(start('wrk', ...load, `http://127.0.0.1:${PORT}/`));
    }
    await once(tcpdump, 'close');
    const lost = Number(/(\d+) packets? dropped by kernel/.exec(said)?.[1]);
    if (lost !== 0)
      throw new Error(`${lost} packets did not get into the capture; try again when less else is running`);
  } finally {
    await Promise.all(running.map(end));
  }
}

function writeFiles(folder: string): void {
  writeFileSync(join(folder, 'nginx.conf'), NGINX);
  writeFileSync(join(folder, 'mixed.lua'), MIXED);
  writeFileSync(join(folder, 'closing.lua'), CLOSING);
  mkdirSync(join(folder, 'www'));
  for (const size of [100, 1000, 4000, 40_000]) {
    writeFileSync(join(folder, 'www', String(size)), 'a'.repeat(size));
  }
}

async function listening(namespace: NetworkNamespace): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (namespace.execute('ss', '-Htln', `sport = :${PORT}`) !== '') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nginx does not listen');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** The first packets of a capture, as one of its own. */
export function firstPackets(path: string, packets: number): string {
  const slice = path.replace(/\.pcap$/, `-first-${packets}.pcap`);
  if (!existsSync(slice)) {
    execFileSync('tcpdump', ['-r', path, '-w', slice, '-c', String(packets), '-Z', 'root'], {
      stdio: 'ignore',
    });
  }
  return slice;
}

/** A file as several: each may be read once. */
export function sameUnderOtherNames(path: string, times: number): readonly string[] {
  return Array.from({ length: times }, (_, index) => {
    const name = path.replace(/\.pcap$/, `-again-${index}.pcap`);
    if (!existsSync(name)) symlinkSync(path, name);
    return name;
  });
}

export function missingTools(names: readonly string[]): readonly string[] {
  return names.filter((name) => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name]).status !== 0);
}
