import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../root.ts';
import { whyNoKernelTests } from './lib/host.ts';
import { NetworkNamespace } from './lib/network-namespace.ts';

const PORT = 8080;
/** A prime number, so that no round figure is right by accident. */
const REQUESTS = 23;
const LIMIT_MILLIS = 30_000;

/** A server and a client in one process: every request on a connection of its own, or all on one. */
const TRAFFIC = `
const http = require('node:http');
const [count, keepAlive] = process.argv.slice(1).map(Number);
const server = http.createServer((request, response) => response.end('x'.repeat(1000)));
server.listen(${PORT}, '127.0.0.1', async () => {
  const agent = new http.Agent({ keepAlive: keepAlive === 1, maxSockets: 1 });
  for (let number = 1; number <= count; number++) {
    await new Promise((resolve, reject) => {
      const options = { port: ${PORT}, host: '127.0.0.1', path: '/' + number, agent };
      http.get(options, (response) => response.resume().on('end', resolve)).on('error', reject);
    });
  }
  agent.destroy();
  server.close();
});`;

function start(namespace: NetworkNamespace, ...command: string[]): ChildProcess {
  const [file, ...rest] = namespace.command(...command);
  return spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** All that a stream said so far. */
function heard(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  return () => text;
}

async function until(what: string, holds: () => boolean, said: () => string): Promise<void> {
  for (let waited = 0; !holds(); waited += 50) {
    if (waited > LIMIT_MILLIS) throw new Error(`waited in vain for ${what}; it said: ${said()}`);
    await sleep(50);
  }
}

async function linesOfLive(format: string, keepAlive: boolean): Promise<readonly string[]> {
  using namespace = new NetworkNamespace();
  const main = process.env.LAGPIPE_TEST_AGENT ?? join(ROOT, 'scripts/lagpipe.mjs');
  const filter = ['-p', `tcp port ${PORT}`];
  const agent = start(namespace, process.execPath, main, 'pcap', '-i', 'lo', ...filter, '-l', format);
  const [stdout, stderr] = [heard(agent.stdout), heard(agent.stderr)];
  const exited = once(agent, 'close');
  try {
    await until('the capture', () => stderr().includes('live: '), stderr);
    const traffic = start(namespace, process.execPath, '-e', TRAFFIC, `${REQUESTS}`, keepAlive ? '1' : '0');
    const trafficSaid = heard(traffic.stderr);
    const [trafficExit] = await once(traffic, 'close');
    assert.equal(trafficExit, 0, trafficSaid());
    await until(
      'the lines',
      () => stdout().split('\n').length - 1 === REQUESTS,
      () => stdout() + stderr(),
    );
    agent.kill('SIGINT');
    const [exitCode] = await exited;
    assert.equal(exitCode, 0, stderr());
    assert.match(
      stderr(),
      new RegExp(`\\d+ packets, ${keepAlive ? 1 : REQUESTS} connections?, ${REQUESTS} exchanges`),
    );
    return stdout().trimEnd().split('\n');
  } finally {
    agent.kill('SIGKILL');
  }
}

describe('lagpipe pcap on an interface', { skip: whyNoKernelTests() ?? false, concurrency: false }, () => {
  const numbers = Array.from({ length: REQUESTS }, (_, index) => index + 1);

  it('prints a line for each request of a connection, and whether it was used again', async () => {
    const lines = await linesOfLive('%request.url %response.code %connection', true);
    const place = (number: number) => (number === 1 ? 'start' : number === REQUESTS ? 'last' : 'continue');
    assert.deepEqual(
      lines,
      numbers.map((number) => `/${number} 200 ${place(number)}`),
    );
  });

  it('prints a line for each connection that carries one request', async () => {
    const lines = await linesOfLive('%request.url %connection %close.time', false);
    assert.deepEqual(
      lines.map((line) => line.replace(/ 0\.\d{6}$/, '')),
      numbers.map((number) => `/${number} unique`),
    );
  });
});
