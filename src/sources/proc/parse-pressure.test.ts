import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePressure } from './parse-pressure.ts';
import { bytesOf, captured } from './testdata/captured-files.ts';

describe('parsePressure', () => {
  it('reads a real file', () => {
    assert.deepEqual(parsePressure(bytesOf(captured('t1', 'pressure/cpu'))), {
      lines: [
        { kind: 'some', avg10Percent: 0.36, totalMicros: 11_600_069 },
        { kind: 'full', avg10Percent: 0, totalMicros: 0 },
      ],
      malformed: 0,
    });
  });

  it('reads pressure/irq, which has one line, and counts what it cannot read', () => {
    assert.deepEqual(
      parsePressure(bytesOf('full avg10=1.00 avg60=2.00 avg300=3.00 total=4\nsome avg10=x\n')),
      {
        lines: [{ kind: 'full', avg10Percent: 1, totalMicros: 4 }],
        malformed: 1,
      },
    );
  });
});
