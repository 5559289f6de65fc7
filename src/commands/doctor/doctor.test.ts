import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Batch, eventBatchOf } from '../../model/batch.ts';
import type { TrackedFinding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import { registry } from '../../registry.ts';
import { doctorConfig } from './doctor-config.ts';
import { PictureTaker } from './picture.ts';
import { renderReport } from './render.ts';
import { type DoctorReport, reportJson, worstFirst } from './report.ts';
import { isRedHat, unseenOf } from './unseen.ts';

process.env.TZ = 'UTC';

const OPTIONS = { forMillis: 30_000, linkerd: [], prometheus: [], isInNetns: false, otherNamespaces: [] };
const head = { resource: { attributes: {} }, scope: { name: 'test', version: '0' }, severityNumber: 9 };
const plain = (_style: string, text: string) => text;

function metrics(...list: readonly Metric[]): Batch {
  return { kind: 'metrics', resource: head.resource, scope: head.scope, metrics: list };
}

function counter(name: string, temporality: 'delta' | 'cumulative', value: number): Metric {
  const points = [{ attributes: { 'network.interface.name': 'lo' }, time: [1, 0] as const, value }];
  return { kind: 'sum', temporality, monotonic: true, name, unit: '{packet}', description: '', points };
}

function stage(name: string, count: number): Metric {
  const positive = { offset: -80, bucketCounts: [count] };
  const point = {
    attributes: { 'lagpipe.stack.stage': name },
    time: [1, 0] as const,
    count,
    sum: count / 1000,
    scale: 3,
    zeroCount: 0,
    positive,
  };
  return {
    kind: 'exponential_histogram',
    temporality: 'delta',
    name: 'lagpipe.stack.latency',
    unit: 's',
    description: '',
    points: [point],
  };
}

function event(name: string, attributes: Record<string, string>): Batch {
  return eventBatchOf({ ...head, name }, [{ time: [1, 0], attributes }]);
}

const FINDING: TrackedFinding = {
  rule: 'Q1',
  title: 'An accept queue overflows',
  severity: 'warn',
  state: 'raised',
  since: [1_700_000_000, 0],
  subject: {},
  cause: 'Connections come too fast.',
  action: 'Accept faster.',
  evidence: [{ name: 'dropped', value: 45, unit: '{connection}' }],
  confidence: 1,
};

const REPORT: DoctorReport = {
  startTime: [1_700_000_000, 0],
  seconds: 30,
  findings: [FINDING],
  notes: [{ ...FINDING, rule: 'L0', severity: 'ok', title: 'This host adds no wait' }],
  unseen: [{ rule: 'X0', what: 'proc pressure/irq', why: 'not there', remedy: 'another kernel' }],
  picture: new PictureTaker().picture(),
};

describe('doctor', () => {
  it('has a pipeline that is right, for short and long looks and in a namespace', () => {
    for (const forMillis of [1, 10_000, 3_600_000]) {
      const { sources, pipelines } = doctorConfig({ ...OPTIONS, forMillis }, registry);
      assert.ok(sources.has('proc'));
      assert.deepEqual(pipelines.get('doctor')?.processors, ['diagnose']);
    }
    const all = doctorConfig(
      {
        ...OPTIONS,
        linkerd: ['localhost:9990'],
        prometheus: ['http://localhost:9100/metrics', 'localhost:4191'],
        otherNamespaces: ['blue', '4711'],
      },
      registry,
    );
    for (const id of ['linkerd/1', 'prometheus/2', 'proc/netns-blue', 'proc/netns-4711']) {
      assert.ok(all.sources.has(id), id);
    }
    const inside = doctorConfig({ ...OPTIONS, isInNetns: true }, registry);
    const { config } = inside.sources.get('ebpf_stack_latency')!;
    assert.equal((config as { network_namespace: string }).network_namespace, 'own');
  });

  it('sees stages, connections and counters that moved', () => {
    const taker = new PictureTaker();
    for (const value of [100, 103, 2])
      taker.take(metrics(counter('system.network.errors', 'cumulative', value)));
    taker.take(metrics(counter('lagpipe.packet.drops', 'delta', 4), counter('sample.other', 'delta', 4)));
    taker.take(metrics(counter('lagpipe.netstat.tcp.in_errs', 'cumulative', 9)));
    taker.take(metrics(stage('ip-start', 3)));
    taker.take(metrics(stage('ip-start', 2)));
    taker.take(event('tcp.connect', { 'lagpipe.tcp.outcome': 'refused' }));
    taker.take(event('tcp.connection', { 'lagpipe.tcp.role': 'server', 'lagpipe.tcp.closed_by': 'local' }));
    const { stages, connects, closed, counters } = taker.picture();
    assert.equal(stages[0].count, 5);
    assert.deepEqual(connects, { refused: 1 });
    assert.deepEqual(closed, { 'server end, closed by local': 1 });
    assert.deepEqual(
      counters.map(({ name, increase }) => [name, increase]),
      [
        ['system.network.errors', 5],
        ['lagpipe.packet.drops', 4],
      ],
    );
  });

  it('prints one JSON object with what the finding holds', () => {
    const printed = JSON.parse(reportJson(REPORT, '1.2.3'));
    assert.deepEqual(Object.keys(printed), [
      'lagpipe',
      'host',
      'start_time',
      'seconds',
      'findings',
      'notes',
      'unseen',
      'picture',
    ]);
    assert.deepEqual(printed.findings[0], {
      rule: 'Q1',
      severity: 'warn',
      title: 'An accept queue overflows',
      subject: 'this host',
      subject_attributes: {},
      since: '2023-11-14T22:13:20.000000000Z',
      confidence: 1,
      cause: 'Connections come too fast.',
      action: 'Accept faster.',
      commands: [],
      evidence: FINDING.evidence,
      explains: [],
      missing: [],
    });
  });

  it('prints for a person: what is wrong, what was measured, what is well, what was not seen', () => {
    const text = renderReport(REPORT, 80, plain);
    assert.match(
      text,
      /^lagpipe doctor on .* · looked for 30 s · 1 finding\n\nWARN {2}An accept queue overflows/,
    );
    assert.match(text, /\n\nWELL\n {2}This host adds no wait \(L0\)/);
    assert.match(text, /\n\nNOT SEEN\n {2}proc pressure\/irq: not there\n {4}another kernel\n$/);
    const nothing = renderReport({ ...REPORT, findings: [], notes: [], unseen: [] }, 80, plain);
    assert.match(nothing, /· nothing found\n$/);
  });

  it('puts the worst first', () => {
    const severities = (['info', 'critical', 'ok', 'warn'] as const).map((severity) => ({
      ...FINDING,
      severity,
    }));
    assert.deepEqual(
      worstFirst(severities).map(({ severity }) => severity),
      ['critical', 'warn', 'info', 'ok'],
    );
  });

  it('tells what does not work, with the remedy, and what nobody asked for', () => {
    const statuses = [
      {
        kind: 'source',
        id: 'ebpf_tcp_life',
        part: '',
        state: 'failed',
        detail: 'no privileges',
        remedy: 'sudo',
      },
      { kind: 'source', id: 'proc', part: '', state: 'live', detail: 'reads files' },
      {
        kind: 'processor',
        id: 'diagnose',
        part: 'rules',
        state: 'live',
        detail: 'judges 1 of 2 rules; no figures for B1 (size)',
      },
    ] as const;
    const unseen = unseenOf({ counts: [], statuses }, new Set(), registry);
    assert.deepEqual(unseen[0], { rule: 'X0', what: 'ebpf_tcp_life', why: 'no privileges', remedy: 'sudo' });
    assert.equal(unseen.at(-1)?.why, 'no figures for B1 (size)');
    assert.ok(unseen.every(({ what }) => what !== 'proc'));
  });

  it("knows Red Hat's distributions", () => {
    assert.ok(isRedHat('NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\n'));
    assert.ok(!isRedHat('ID=debian\n'));
  });
});
