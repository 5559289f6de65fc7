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
  /** Packets that wait in the backlog right now. */
  readonly backlog: number | undefined;
}

export interface ParsedSoftnet {
  readonly rows: readonly SoftnetRow[];
  readonly malformed: number;
}

const HEX_COLUMNS = /^[0-9a-f]{8}(?: [0-9a-f]{8})*$/;
const FEWEST_COLUMNS = 9;

/**
 * `net/softnet_stat` (kernel: `softnet_seq_show`): hexadecimal u32 columns, one line per online CPU. Columns were
 * only ever added at the end, so the width says what is there, not the kernel's version: column 10 received_rps,
 * 11 flow_limit_count, 12 backlog length, 13 CPU number (1-based).
 */
export function parseSoftnet(text: string): ParsedSoftnet {
  const rows: SoftnetRow[] = [];
  let malformed = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const row = HEX_COLUMNS.test(line) ? rowOf(line, rows.length + malformed) : undefined;
    if (row) rows.push(row);
    else malformed++;
  }
  return { rows, malformed };
}

function rowOf(line: string, row: number): SoftnetRow | undefined {
  const columns = line.split(' ').map((word) => Number.parseInt(word, 16));
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
  };
}
