/** What one interface moved in one direction. */
export interface NetdevFlow {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  /** On receive this includes rx_missed_errors (kernel: `dev_seq_printf_stats`). */
  readonly dropped: number;
  readonly fifo: number;
}

export interface NetdevRow {
  readonly device: string;
  readonly receive: NetdevFlow;
  readonly transmit: NetdevFlow;
  /** Received with a wrong length, CRC, frame or more than the ring could take. */
  readonly frame: number;
  readonly multicast: number;
  readonly collisions: number;
  readonly carrier: number;
}

export interface ParsedNetdev {
  readonly rows: readonly NetdevRow[];
  readonly malformed: number;
}

const SIXTEEN_NUMBERS = /^ *\d{1,20}(?: +\d{1,20}){15} *$/;

/**
 * `net/dev` (kernel: `dev_seq_show`): two lines of head, then `name:` and sixteen numbers. The name can hold a
 * colon itself (alias `eth0:1`), and a wide number can follow the colon without a space, so the last colon counts.
 */
export function parseNetdev(text: string): ParsedNetdev {
  const rows: NetdevRow[] = [];
  let malformed = 0;
  for (const line of text.split('\n')) {
    if (line === '' || isHead(line)) continue;
    const row = rowOf(line);
    if (row) rows.push(row);
    else malformed++;
  }
  return { rows, malformed };
}

function isHead(line: string): boolean {
  return line.startsWith('Inter-|') || line.startsWith(' face |');
}

/** Columns, received then transmitted: bytes packets errs drop fifo frame|colls compressed|carrier multicast|compressed. */
function rowOf(line: string): NetdevRow | undefined {
  const colon = line.lastIndexOf(':');
  const device = line.slice(0, Math.max(colon, 0)).trim();
  const figures = line.slice(colon + 1);
  if (device === '' || !SIXTEEN_NUMBERS.test(figures)) return undefined;
  const columns = figures.trim().split(/ +/).map(Number);
  return {
    device,
    receive: flowOf(columns.slice(0, 8)),
    transmit: flowOf(columns.slice(8)),
    frame: columns[5],
    multicast: columns[7],
    collisions: columns[13],
    carrier: columns[14],
  };
}

function flowOf([bytes, packets, errors, dropped, fifo]: readonly number[]): NetdevFlow {
  return { bytes, packets, errors, dropped, fifo };
}
