import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Subject, VirtualTimeScheduler } from 'rxjs';
import { testContext } from '../../../test/conformance/context.ts';
import { type Batch, eventAt, recordsIn } from '../../model/batch.ts';
import { findingOf, type TrackedFinding } from '../../model/finding.ts';
import { diagnose } from './index.ts';
import type { DiagnoseConfig } from './schema.ts';
import { CONFIG, counter, findingsAfter, gauge, histogram, metricsOf } from './testdata/host.ts';

const overflows = (perSecond: number) => counter('lagpipe.netstat.tcp_ext.listen_overflows', perSecond);

/** Runs the processor in virtual time, with a tick of the source each second for as long as it speaks. */
function run(config: Partial<DiagnoseConfig>, saysFor: number, seconds: number) {
  const scheduler = new VirtualTimeScheduler();
  const context = testContext(diagnose, { scheduler });
  const source = new Subject<Batch>();
  const output: Batch[] = [];
  const operator = diagnose.create({ ...CONFIG, ...config } as never, context);
  const subscription = source.pipe(operator).subscribe((batch) => output.push(batch));
  let records = 0;
  for (let second = 0; second < saysFor; second++) {
    scheduler.schedule(() => {
      for (const batch of overflows(9)(second)) {
        records += recordsIn(batch);
        source.next(batch);
      }
    }, second * 1000);
  }
  scheduler.maxFrames = seconds * 1000;
  scheduler.flush();
  subscription.unsubscribe();
  return { output, records, counts: context.counter.snapshot(), statuses: context.statuses };
}

function findingsIn(output: readonly Batch[]): TrackedFinding[] {
  return output.flatMap((batch) =>
    batch.kind === 'events'
      ? Array.from({ length: batch.length }, (_, index) => findingOf(eventAt(batch, index).attributes)!)
      : [],
  );
}

describe('diagnose', () => {
  it('raises a finding, keeps the metric at 1 while it holds, and clears it when the figures are gone', () => {
    const { output } = run({ raise_after: 5000, clear_after: 10_000 }, 20, 200);
    const found = findingsIn(output);
    assert.deepEqual(
      found.map(({ rule, state }) => `${rule} ${state}`),
      ['Q1 raised', 'Q1 cleared'],
    );
    const active = output.flatMap((batch) =>
      batch.kind === 'metrics' ? batch.metrics.filter(({ name }) => name === 'lagpipe.finding.active') : [],
    );
    const points = active.flatMap((metric) => (metric.kind === 'gauge' ? metric.points : []));
    assert.deepEqual(points[0].attributes, {
      'lagpipe.finding.rule': 'Q1',
      'lagpipe.finding.severity': 'critical',
      'lagpipe.finding.subject': 'this host',
    });
    assert.ok(points.length > 5);
    assert.equal(points[points.length - 1].value, 0);
  });

  it('accounts for what it takes in when it keeps it to itself', () => {
    const { counts, records, output } = run({ pass_through: false }, 20, 20);
    assert.equal(counts.absorbed, records);
    assert.equal(
      counts.created,
      output.reduce((sum, batch) => sum + recordsIn(batch), 0),
    );
    assert.ok(counts.created > 0);
  });

  it('says which rules it can judge', () => {
    const { statuses } = run({}, 30, 30);
    assert.match(
      statuses[0].detail,
      /^judges 1 of \d+ rules; no figures for L0 \(lagpipe\.stack\.latency\), /,
    );
  });

  it('judges once more when the source ends, so that a short recording has its findings', () => {
    const context = testContext(diagnose, { scheduler: new VirtualTimeScheduler() });
    const source = new Subject<Batch>();
    const output: Batch[] = [];
    source.pipe(diagnose.create(CONFIG as never, context)).subscribe((batch) => output.push(batch));
    for (let second = 0; second < 5; second++) for (const batch of overflows(9)(second)) source.next(batch);
    source.complete();
    assert.deepEqual(
      findingsIn(output).map(({ rule }) => rule),
      ['Q1'],
    );
  });

  it('does without a rule that is off, and takes limits of the pipeline file', () => {
    assert.deepEqual(findingsAfter(30, [overflows(9)], { off: ['Q1'] }), []);
    const limits = { Q1: { warn: 10, critical: 20, info: 1e6 } } as never;
    assert.deepEqual(findingsAfter(30, [overflows(9)], { limits }), []);
  });

  it('keeps hosts and network namespaces apart', () => {
    const at = (resource: Record<string, string>) => (second: number) =>
      overflows(9)(second).map((batch) =>
        batch.kind === 'metrics' ? metricsOf(batch.metrics, resource) : batch,
      );
    const found = findingsAfter(30, [
      at({ 'service.instance.id': 'other:9100' }),
      at({ 'lagpipe.netns.name': 'blue' }),
      overflows(0),
    ]);
    assert.deepEqual(
      found.map(({ subject }) => subject),
      [{ 'service.instance.id': 'other:9100' }, { 'lagpipe.netns': 'blue' }],
    );
    const own = findingsAfter(30, [at({ 'lagpipe.netns.name': 'blue' })], { network_namespace: 'own' });
    assert.deepEqual(own, []);
  });

  it('does not judge a namespace by the figures of its host alone', () => {
    const drops = counter('lagpipe.softnet.dropped', 90, { 'cpu.logical_number': 0 });
    const blue = (second: number) =>
      gauge(
        'lagpipe.sockstat.tcp.tw',
        1,
      )(second).map((batch) =>
        batch.kind === 'metrics' ? metricsOf(batch.metrics, { 'lagpipe.netns.name': 'blue' }) : batch,
      );
    const found = findingsAfter(30, [drops, blue]);
    assert.deepEqual(
      found.map(({ rule, subject }) => [rule, subject]),
      [['K1', {}]],
    );
  });

  it('remembers no more series than it may', () => {
    const many = Array.from({ length: 300 }, (_, cpu) =>
      counter('lagpipe.softnet.dropped', 1, { 'cpu.logical_number': cpu }),
    );
    const [found] = findingsAfter(10, many, { max_series: 100 });
    assert.equal(found.evidence[0].value, 100 * 10);
  });

  it('judges by the names of node_exporter as well', () => {
    const found = findingsAfter(30, [
      gauge('node_netstat_TcpExt_ListenOverflows', (second) => 7 + second * 9),
      counter('node_softnet_dropped_total', 50, { cpu: '3' }),
    ]);
    assert.deepEqual(
      found.map(({ rule }) => rule),
      ['Q1', 'K1'],
    );
    assert.deepEqual(found[1].evidence[2].attributes, { 'cpu.logical_number': 3 });
  });
});

describe('a rule of a user', () => {
  const rule = {
    id: 'db_pool',
    title: 'The database pool is empty',
    severity: 'critical' as const,
    needs: {
      waiting: { metric: 'db.waiting', attributes: {}, read: 'max' as const },
      done: { metric: 'db.done', attributes: {}, read: 'rate' as const },
    },
    when: 'waiting > 10 and done < 5',
    cause: 'All connections are in use.',
    action: 'Raise the pool.',
    by: 'pool',
  };
  const says = [
    gauge('db.waiting', 20, { pool: 'main' }),
    gauge('db.waiting', 2, { pool: 'other' }),
    counter('db.done', 1),
  ];
  const problems = (changed: object) =>
    diagnose.check?.({ ...CONFIG, rules: [{ ...rule, ...changed }] } as never) ?? [];

  it('holds for the subjects for which its condition does, with the values as evidence', () => {
    const [found, ...more] = findingsAfter(10, says, { rules: [rule] });
    assert.deepEqual(more, []);
    assert.deepEqual([found.rule, found.severity, found.subject], ['db_pool', 'critical', { pool: 'main' }]);
    assert.deepEqual(
      found.evidence.map(({ value }) => value),
      [20, 1],
    );
  });

  it('reads histograms, and only the series that it names', () => {
    const needs = { slow: { metric: 'db.time', attributes: { pool: 'main' }, read: 'p99' as const } };
    const timed = [
      histogram('db.time', [[0.5, 100]], { pool: 'main' }),
      histogram('db.time', [[9, 100]], { pool: 'other' }),
    ];
    const { by: _by, ...once } = { ...rule, needs, when: 'slow > 0.4 and slow < 0.6' };
    assert.deepEqual(
      findingsAfter(10, timed, { rules: [once] }).map(({ rule: id }) => id),
      ['db_pool'],
    );
  });

  it('does not hold where a figure is missing', () => {
    assert.deepEqual(findingsAfter(10, says.slice(0, 2), { rules: [rule] }), []);
  });

  it('is checked with the rest of the file', () => {
    assert.deepEqual(problems({}), []);
    assert.deepEqual(problems({ when: 'waitin > 10' }), [
      {
        path: ['rules', 0, 'when'],
        message:
          '"waitin > 10": needs has no "waitin" (character 1); did you mean "waiting"? it has: waiting, done',
      },
    ]);
    assert.match(problems({ when: 'waiting >' })[0].message, /it ends where a number.*\(character 10\)/);
    assert.match(problems({ id: 'q1' })[0].message, /there is already a rule "q1"/);
    assert.deepEqual(problems({ needs: { 'a-b': rule.needs.done }, when: '1 > 2' })[0].path, [
      'rules',
      0,
      'needs',
      'a-b',
    ]);
  });
});
