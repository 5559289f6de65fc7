import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  FINDING_EVENT,
  findingAttributes,
  findingKey,
  findingOf,
  SEVERITIES,
  SEVERITY_NUMBER,
  subjectText,
  type TrackedFinding,
} from './finding.ts';

const FINDING: TrackedFinding = {
  rule: 'K1',
  title: 'Backlog overflows',
  severity: 'warn',
  state: 'raised',
  since: [1_700_000_000, 250_000_000],
  subject: { 'cpu.logical_number': 3 },
  cause: 'Packets come faster than this CPU takes them.',
  action: 'Double the backlog.',
  commands: ['sysctl -w net.core.netdev_max_backlog=2000'],
  evidence: [{ name: 'packets dropped', value: 12.5, unit: '{packet}/s', threshold: 10 }],
  confidence: 0.5,
  explains: ['N3', 'Q5'],
  missing: ['lagpipe.softnet.backlog'],
};

describe('finding', () => {
  it('is the same after its way through an event', () => {
    assert.deepEqual(findingOf(findingAttributes(FINDING)), FINDING);
  });

  it('is not read out of an event that is none', () => {
    assert.equal(findingOf({}), undefined);
    assert.equal(
      findingOf({ 'lagpipe.finding.severity': 'warn', 'lagpipe.finding.state': 'odd' }),
      undefined,
    );
  });

  it('survives lists that somebody broke', () => {
    const broken = { ...findingAttributes(FINDING), 'lagpipe.finding.evidence': '[{' };
    assert.deepEqual(findingOf(broken)?.evidence, []);
  });

  it('is an event whose severity number grows with its severity', () => {
    const numbers = SEVERITIES.map((severity) => SEVERITY_NUMBER[severity]);
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
    assert.equal(FINDING_EVENT.name, 'finding');
  });

  it('is told apart by rule and subject', () => {
    assert.equal(findingKey(FINDING), 'K1 cpu.logical_number 3');
    assert.equal(subjectText({}), 'this host');
    assert.equal(subjectText({ 'network.interface.name': 'eth0' }), 'eth0');
  });
});
