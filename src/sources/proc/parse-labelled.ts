import { LineScanner } from '../../lib/line-scanner.ts';

interface LabelledLine {
  readonly label: string;
  readonly values: readonly number[];
}

interface ParsedLabelled {
  readonly lines: readonly LabelledLine[];
  readonly malformed: number;
}

/**
 * Several small files as one text, a line for each: `net.ipv4.tcp_mem = 287901 383870 575802`, as sysctl prints them,
 * or `ksoftirqd/0 = 58782408 2187530553 1863`. `Poller` writes it.
 */
export function parseLabelled(bytes: Uint8Array): ParsedLabelled {
  const scanner = new LineScanner(bytes);
  const lines: LabelledLine[] = [];
  let malformed = 0;
  while (scanner.nextLine()) {
    const label = scanner.word();
    const isLine = scanner.word() === '=';
    const values: number[] = [];
    while (!scanner.atLineEnd()) values.push(scanner.integer());
    if (isLine && values.length > 0 && !values.some(Number.isNaN)) lines.push({ label, values });
    else malformed++;
  }
  return { lines, malformed };
}
