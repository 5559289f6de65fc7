import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrackedFinding } from './finding.ts';
import { evidenceText, findingParagraph } from './finding-text.ts';

process.env.TZ = 'UTC';

const FINDING: TrackedFinding = {
  rule: 'Q1',
  title: 'An accept queue overflows',
  severity: 'warn',
  state: 'raised',
  since: [1_700_000_000, 0],
  subject: { 'network.local.port': 8080 },
  cause: 'Connections arrive faster than a server accepts them.',
  action: 'Let the server accept faster, and raise its listen backlog together with net.core.somaxconn.',
  commands: ['ss -ltn'],
  evidence: [
    { name: 'dropped', value: 45, unit: '{connection}' },
    { name: 'dropped', value: 1.5, unit: '{connection}/s', threshold: 1 },
  ],
  confidence: 0.85,
  missing: ['connections that wait'],
};

const plain = (_style: string, text: string) => text;

describe('findingParagraph', () => {
  it('says what, since when, the evidence, and what to do', () => {
    assert.deepEqual(findingParagraph(FINDING, 60, plain), [
      'WARN  An accept queue overflows (Q1) · network.local.port 8080 · since 22:13:20',
      '  Connections arrive faster than a server accepts them.',
      '  evidence dropped: 45',
      '           dropped: 1.5/s (limit 1/s)',
      '  do       Let the server accept faster, and raise its',
      '             listen backlog together with',
      '             net.core.somaxconn.',
      '           $ ss -ltn',
      '  unsure   85 % sure, for lack of: connections that wait',
    ]);
  });

  it('asks for nothing any more once it is cleared', () => {
    const lines = findingParagraph({ ...FINDING, state: 'cleared', commands: [], confidence: 1 }, 80, plain);
    assert.match(lines[0], /^CLEARED {2}An accept queue overflows/);
    assert.ok(lines.every((line) => !line.includes(' do ')));
  });

  it('lets no escape sequence of a stranger through', () => {
    const lines = findingParagraph({ ...FINDING, title: '\x1b]0;x\x07', cause: '\x1b[2J' }, 80, plain);
    assert.ok(lines.every((line) => !line.includes('\x1b')));
  });
});

describe('evidenceText', () => {
  for (const [evidence, text] of [
    [{ name: 'latency', value: 0.142, unit: 's', threshold: 0.01 }, 'latency: 142ms (limit 10ms)'],
    [
      { name: 'dropped', value: 3, unit: '{packet}', attributes: { 'cpu.logical_number': 1 } },
      'dropped, cpu.logical_number 1: 3',
    ],
    [{ name: 'read', value: 2048, unit: 'By/s' }, 'read: 2 KiB/s'],
  ] as const) {
    it(`reads ${text}`, () => assert.equal(evidenceText(evidence), text));
  }
});
