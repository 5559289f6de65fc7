import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventBatchOf } from '../../model/batch.ts';
import { findingAttributes } from '../../model/finding.ts';
import { EventRows } from './event-rows.ts';

const head = { resource: { attributes: {} }, scope: { name: 'test', version: '0' }, severityNumber: 9 };
const columns = { COMM: 'thread.name', PID: 'process.pid', LATENCY: 'lagpipe.tcp.connect.duration' };

function connect(comm: string, pid: number, duration: number) {
  return {
    time: [0, 0] as const,
    attributes: { 'thread.name': comm, 'process.pid': pid, 'lagpipe.tcp.connect.duration': duration },
  };
}

const connects = (...events: ReturnType<typeof connect>[]) =>
  eventBatchOf({ ...head, name: 'tcp.connect' }, events);

describe('EventRows', () => {
  it('prints each event once, under one header', () => {
    const rows = new EventRows(columns);
    assert.equal(
      rows.take(connects(connect('curl', 77, 0.000121), connect('a-thread-name16', 123456, 1.05))).text,
      [
        'COMM                 PID  LATENCY',
        'curl                  77    121µs',
        'a-thread-name16   123456    1.05s',
        '',
      ].join('\n'),
    );
    assert.equal(rows.take(connects(connect('wget', 9, 0.03))).text, 'wget                   9     30ms\n');
  });

  it('leaves a cell empty where the event has nothing of it, as a connect without a way has no address', () => {
    const rows = new EventRows({ SRC: '{network.local.address}:{network.local.port}', PID: 'process.pid' });
    assert.equal(
      rows
        .take(connects(connect('curl', 7, 0)))
        .text.split('\n')[1]
        .trim(),
      '7',
    );
  });

  it('repeats the header where another kind of event comes', () => {
    const rows = new EventRows(undefined);
    const other = eventBatchOf({ ...head, name: 'other' }, [{ time: [0, 0], attributes: { a: 1 } }]);
    const headers = [connects(connect('a', 1, 1)), other, other, connects(connect('b', 2, 1))].map((batch) =>
      rows.take(batch).text.startsWith('TIME'),
    );
    assert.deepEqual(headers, [true, true, false, true]);
  });

  it('prints findings as paragraphs, unless columns were asked for', () => {
    const finding = {
      rule: 'K1',
      title: 'The softirq backlog overflows',
      severity: 'warn',
      state: 'raised',
      since: [0, 0],
      subject: {},
      cause: 'Packets come faster than the CPU takes them.',
      action: 'Double it.',
      evidence: [],
      confidence: 1,
    } as const;
    const attributes = findingAttributes(finding);
    const batch = eventBatchOf({ ...head, name: 'finding' }, [{ time: [0, 0], attributes }]);
    const { text, delivered } = new EventRows(undefined).take(batch);
    assert.match(
      text,
      /^WARN {2}The softirq backlog overflows \(K1\) · this host · since .*\n {2}Packets come/,
    );
    assert.equal(delivered, 1);
    const rule = new EventRows({ RULE: 'lagpipe.finding.rule' });
    assert.equal(rule.take(batch).text, 'RULE\nK1\n');
  });

  it('rejects what is no event', () => {
    const metric = { kind: 'gauge', name: 'g', unit: '1', description: '' } as const;
    const points = [{ attributes: {}, time: [0, 0] as const, value: 1 }];
    const { text, ...result } = new EventRows(columns).take({
      kind: 'metrics',
      ...head,
      metrics: [{ ...metric, points }],
    });
    assert.equal(text, '');
    assert.deepEqual(result, { delivered: 0, rejected: { format_shows_no_metrics: 1 } });
  });
});
