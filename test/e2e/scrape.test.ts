import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { stringify } from 'yaml';
import { HttpServer } from '../../src/sources/scrape/testdata/http-server.ts';
import { ROOT } from '../root.ts';
import { startLagpipe } from './lagpipe.ts';

const TOKEN = 'a-token-that-nobody-may-see';
const FIXTURES = join(ROOT, 'test/fixtures');

describe('sources that scrape, from the pipeline file to the line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lagpipe-scrape-'));
  after(() => rmSync(folder, { recursive: true }));

  async function run(sources: Record<string, unknown>) {
    const path = join(folder, 'scrape.yaml');
    const pipeline = { sources: Object.keys(sources), sinks: ['stdout'] };
    writeFileSync(
      path,
      stringify({ sources, sinks: { stdout: { format: 'json' } }, pipelines: { all: pipeline } }),
    );
    const environment = { SCRAPE_TOKEN: TOKEN };
    const { finished } = startLagpipe(['run', path, '--for', '1s', '--stats'], { environment });
    const { stdout, stderr, exitCode } = await finished;
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    return { exitCode, stderr, output: stdout + stderr, points: lines.map((line) => JSON.parse(line)) };
  }

  it('prints what linkerd and a Prometheus target say, under their own names', async () => {
    const bodies: Record<string, Buffer> = {
      '/admin/metrics.json?tree=1': readFileSync(join(FIXTURES, 'linkerd/metrics-tree.json')),
      '/metrics': readFileSync(join(FIXTURES, 'prometheus/node_exporter.txt')),
    };
    await using server = await HttpServer.start((request, response) =>
      response.end(bodies[request.url ?? '']),
    );
    const address = `127.0.0.1:${server.port}`;
    const { exitCode, points } = await run({
      linkerd: { address, interval: '1s' },
      'prometheus/node': { targets: [address], interval: '1s' },
    });
    assert.equal(exitCode, 0);
    const reuse = points.find(
      ({ metric, attributes }) =>
        metric === 'lagpipe.linkerd.connects' && attributes['lagpipe.linkerd.client'] === '$/inet/127.1/9091',
    );
    assert.equal(reuse?.value, 7887);
    assert.equal(reuse?.resource['service.name'], 'linkerd');
    const dropped = points.find(({ metric }) => metric === 'node_softnet_dropped_total');
    assert.equal(dropped?.resource['service.name'], 'node');
    assert.equal(points.find(({ metric }) => metric === 'up')?.value, 1);
  });

  it('sends a token, and never prints it, also when it is refused', async () => {
    await using server = await HttpServer.start((_, response) => response.writeHead(401).end(`not ${TOKEN}`));
    const { output, stderr, points } = await run({
      prometheus: {
        targets: [`127.0.0.1:${server.port}`],
        bearer_token: '${SCRAPE_TOKEN}',
        headers: { 'x-key': '${SCRAPE_TOKEN}' },
      },
    });
    assert.equal(server.requests[0].headers.authorization, `Bearer ${TOKEN}`);
    assert.match(stderr, /answers 401; give a bearer_token or headers that it accepts/);
    assert.equal(points.find(({ metric }) => metric === 'up')?.value, 0);
    assert.doesNotMatch(output, new RegExp(TOKEN));
  });
});
