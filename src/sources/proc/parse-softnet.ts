import { LineScanner } from '../../lib/line-scanner.ts';

/** One line of `net/softnet_stat`. What this kernel does not have yet is `undefined`. */
export interface SoftnetRow {
  /** Position among the lines. This is not the CPU: offline CPUs have no line. */
  readonly row: number;
  readonly cpu: number | undefined;
  readonly processed: number;
  readonly dropped: number;
  readonly timeSqueezed: number;
  readonly receivedRps: number | undefined;
  readonly flowLimit: number | undefined;
  /** Packets that wait in the backlog right now: those that came since, and those that are being worked on. */
  readonly backlog: number | undefined;
  readonly inputQueue: number | undefined;
  readonly processQueue: number | undefined;
}

export interface ParsedSoftnet {
  readonly rows: readonly SoftnetRow[];
  readonly malformed: number;
}

const FEWEST_COLUMNS = 9;
const LARGEST_U32 = 2 ** 32 - 1;

/**
 * `net/softnet_stat` (kernel: `softnet_seq_show`): hexadecimal u32 columns, one line per online CPU. Columns were
 * only ever added at the end, so the width says what is there, not the kernel's version: column 10 received_rps,
 * 11 flow_limit_count, 12 backlog length, 13 CPU number, 14 and 15 the two queues of the backlog (1-based).
 */
export function parseSoftnet(bytes: Uint8Array): ParsedSoftnet {
  const scanner = new LineScanner(bytes);
  const rows: SoftnetRow[] = [];
  let malformed = 0;
  while (scanner.nextLine()) {
    const row = rowOf(scanner, rows.length + malformed);
    if (row) rows.push(row);
    else malformed++;
  }
  return { rows, malformed };
}

function rowOf(scanner: LineScanner, row: number): SoftnetRow | undefined {
  const columns: number[] = [];
  while (!scanner.atLineEnd()) {
    const value = scanner.unsigned(16);
    if (!(value <= LARGEST_U32)) return undefined;
    columns.push(value);
  }
  if (columns.length < FEWEST_COLUMNS) return undefined;
  return {
    row,
    cpu: columns[12],
    processed: columns[0],
    dropped: columns[1],
    timeSqueezed: columns[2],
    receivedRps: columns[9],
    flowLimit: columns[10],
    backlog: columns[11],
    inputQueue: columns[13],
    processQueue: columns[14],
  };
}
