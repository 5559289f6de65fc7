import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { stringify } from 'yaml';
import { findingKey, findingOf, type TrackedFinding } from '../../src/model/finding.ts';
import { HttpServer } from '../../src/sources/scrape/testdata/http-server.ts';
import { ROOT } from '../root.ts';
import { startLagpipe } from './lagpipe.ts';

const DOCUMENT = readFileSync(join(ROOT, 'test/fixtures/linkerd/metrics-tree.json'), 'utf8');

/** Whatever holds is said, at each interval. */
const AT_ONCE = { interval: '200ms', raise_after: '0s', clear_after: '0s', repeat_after: '0s' };

/** Of one client of the document. */
interface Counters {
  readonly requests: { counter: number };
  readonly connects: { counter: number };
}

/** The document after as many seconds more: adder connects for every second request, multiplier for every 136th. */
function documentAfter(seconds: number): string {
  const document = JSON.parse(DOCUMENT);
  const grow = ({ requests, connects }: Counters, perSecond: { requests: number; connects: number }) => {
    requests.counter += seconds * perSecond.requests;
    connects.counter += seconds * perSecond.connects;
  };
  const adder: Record<string, Counters> = document.rt.adder.service.client;
  const multiplier: Record<string, Counters> = document.rt.multiplier.client;
  for (const client of Object.values(adder)) grow(client, { requests: 190, connects: 100 });
  for (const client of Object.values(multiplier)) grow(client, { requests: 680, connects: 5 });
  grow(document.clnt['zipkin-tracer'], { requests: 0, connects: 1000 });
  return JSON.stringify(document);
}

function clients(router: string, severity: string, ports: readonly number[]): string[] {
  return ports.map((port) => `${router} $/inet/127.1/${port} ${severity}`);
}

/** All clients but linkerd's tracer, all of whose connects fail. `to_be_expired` is a copy of `multiplier`. */
const EXPECTED = [
  ...clients('adder', 'critical', [9070, 9080, 9085, 9089, 9090, 9091, 9093]),
  ...clients('multiplier', 'ok', [9029, 9030, 9092]),
  ...clients('to_be_expired', 'ok', [9029, 9030, 9092]),
];

describe('the diagnosis of linkerd by its document', { concurrency: true }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-diagnose-'));
  after(() => rmSync(folder, { recursive: true }));

  /** What is said of the reuse of connections, as it stands in the end. */
  async function reuseFound(
    name: string,
    documentAt: (request: number) => string,
  ): Promise<TrackedFinding[]> {
    let requests = 0;
    await using server = await HttpServer.start((_, response) => response.end(documentAt(requests++)));
    const path = join(folder, `${name}.yaml`);
    const file = {
      sources: { linkerd: { address: `127.0.0.1:${server.port}`, interval: '1s' } },
      processors: { diagnose: { ...AT_ONCE, report_healthy: true, pass_through: false } },
      sinks: { stdout: { format: 'json' } },
      pipelines: { all: { sources: ['linkerd'], processors: ['diagnose'], sinks: ['stdout'] } },
    };
    writeFileSync(path, stringify(file));
    const { stdout, stderr, exitCode } = await startLagpipe(['run', path, '--for', '3s']).finished;
    assert.equal(exitCode, 0, stderr);
    assert.ok(requests >= 2, `${requests} requests`);
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    const findings = lines.flatMap((line) => findingOf(JSON.parse(line).attributes ?? {}) ?? []);
    const newest = new Map(findings.map((finding) => [findingKey(finding), finding]));
    return [...newest.values()].filter(({ rule, state }) => rule === 'B4' && state !== 'cleared');
  }

  function summaryOf(findings: readonly TrackedFinding[]): string[] {
    return findings
      .map(
        ({ subject, severity }) =>
          `${subject['lagpipe.linkerd.router']} ${subject['lagpipe.linkerd.client']} ${severity}`,
      )
      .sort();
  }

  /** The first figure that made it say so. */
  function figureOf(findings: readonly TrackedFinding[], router: string, port: number) {
    return findings.find(
      ({ subject }) =>
        subject['lagpipe.linkerd.router'] === router &&
        subject['lagpipe.linkerd.client'] === `$/inet/127.1/${port}`,
    )?.evidence[0];
  }

  it('finds bad reuse for adder and good reuse for multiplier since linkerd began', async () => {
    const found = await reuseFound('still', () => DOCUMENT);
    assert.deepEqual(summaryOf(found), EXPECTED);
    assert.equal(figureOf(found, 'adder', 9091)?.value, 15_145 / 7887);
    assert.equal(figureOf(found, 'multiplier', 9030)?.value, 136);
  });

  it('finds the same in what happens between two documents', async () => {
    const found = await reuseFound('growing', documentAfter);
    assert.deepEqual(summaryOf(found), EXPECTED);
    assert.deepEqual(
      [figureOf(found, 'adder', 9091), figureOf(found, 'multiplier', 9030)].map((each) => each?.value),
      [1.9, 136],
    );
  });
});
