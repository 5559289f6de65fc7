import { linesOf } from '../../lib/line-scanner.ts';

/** One line of a file below `pressure/`. */
interface PressureLine {
  /** `some`: at least one task waited. `full`: all tasks that had work waited at the same time. */
  readonly kind: 'some' | 'full';
  /** Percent of the last 10 seconds. */
  readonly avg10Percent: number;
  /** Since boot. */
  readonly totalMicros: number;
}

export interface ParsedPressure {
  readonly lines: readonly PressureLine[];
  readonly malformed: number;
}

const LINE = /^(some|full) avg10=(\d+\.\d+) avg60=\d+\.\d+ avg300=\d+\.\d+ total=(\d{1,20})$/;

/** Pressure stall information (kernel: Documentation/accounting/psi.rst, `psi_show`). `irq` has no `some` line. */
export function parsePressure(bytes: Uint8Array): ParsedPressure {
  const lines: PressureLine[] = [];
  let malformed = 0;
  for (const line of linesOf(bytes)) {
    const match = LINE.exec(line);
    if (!match) {
      malformed++;
      continue;
    }
    const kind = match[1] === 'full' ? 'full' : 'some';
    lines.push({ kind, avg10Percent: Number(match[2]), totalMicros: Number(match[3]) });
  }
  return { lines, malformed };
}
