import { LineScanner } from './line-scanner.ts';

export interface CpuTableRow {
  /** `41`, `LOC`, `NET_RX`. */
  readonly label: string;
  /** One for each CPU of the head, or a single one for the whole host (`ERR` and `MIS` of `interrupts`). */
  readonly counts: readonly number[];
  /** What follows the counts, as the kernel wrote it. */
  readonly rest: string;
}

export interface CpuTable {
  /** The CPU of each column. A column's place says nothing: an offline CPU has none in `interrupts`. */
  readonly cpus: readonly number[];
  readonly rows: readonly CpuTableRow[];
  readonly malformed: number;
}

const COLON = 58;
const NO_TABLE: CpuTable = { cpus: [], rows: [], malformed: 0 };

/**
 * `interrupts` and `softirqs` (kernel: `show_interrupts`, `show_softirqs`): a head with the names of CPUs, then
 * `label:` and a number per CPU. A wide number can follow the colon without a space.
 */
export function cpuTableParser(): (bytes: Uint8Array) => CpuTable {
  let head: { readonly line: Uint8Array; readonly cpus: readonly number[] } | undefined;
  return (bytes) => {
    const scanner = new LineScanner(bytes);
    if (!scanner.nextLine()) return NO_TABLE;
    if (!head || !scanner.take(head.line) || !scanner.atLineEnd()) {
      scanner.rewind();
      const cpus = cpusOf(scanner);
      if (!cpus) return { ...NO_TABLE, malformed: 1 };
      head = { line: scanner.taken(), cpus };
    }
    const { cpus } = head;
    const rows: CpuTableRow[] = [];
    let malformed = 0;
    while (scanner.nextLine()) {
      const row = rowOf(scanner, cpus.length);
      if (row) rows.push(row);
      else malformed++;
    }
    return { cpus, rows, malformed };
  };
}

function cpusOf(scanner: LineScanner): readonly number[] | undefined {
  const cpus: number[] = [];
  while (!scanner.atLineEnd()) {
    const match = /^CPU(\d{1,6})$/.exec(scanner.word());
    if (!match) return undefined;
    cpus.push(Number(match[1]));
  }
  return cpus;
}

function rowOf(scanner: LineScanner, columns: number): CpuTableRow | undefined {
  const label = scanner.until(COLON);
  if (label === undefined || label === '') return undefined;
  const counts: number[] = [];
  while (counts.length < columns) {
    const count = scanner.unsigned(10);
    if (Number.isNaN(count)) break;
    counts.push(count);
  }
  if (counts.length !== columns && counts.length !== 1) return undefined;
  return { label, counts, rest: scanner.rest() };
}
