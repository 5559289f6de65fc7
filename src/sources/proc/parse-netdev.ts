import { LineScanner } from '../../lib/line-scanner.ts';

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

const COLON = 58;
const HEAD_LINES = ['Inter-|', ' face |'].map((text) => Buffer.from(text));

/**
 * `net/dev` (kernel: `dev_seq_show`): two lines of head, then `name:` and sixteen numbers. The name can hold a
 * colon itself (alias `eth0:1`), and a wide number can follow the colon without a space, so the last colon counts.
 */
export function parseNetdev(bytes: Uint8Array): ParsedNetdev {
  const scanner = new LineScanner(bytes);
  const rows: NetdevRow[] = [];
  let malformed = 0;
  while (scanner.nextLine()) {
    if (HEAD_LINES.some((head) => scanner.take(head))) continue;
    const row = rowOf(scanner);
    if (row) rows.push(row);
    else malformed++;
  }
  return { rows, malformed };
}

/** Columns, received then transmitted: bytes packets errs drop fifo frame|colls compressed|carrier multicast|compressed. */
function rowOf(scanner: LineScanner): NetdevRow | undefined {
  const device = scanner.untilLast(COLON);
  if (device === undefined || device === '') return undefined;
  const receive = flowOf(scanner);
  const frame = scanner.unsigned(10);
  const receivedCompressed = scanner.unsigned(10);
  const multicast = scanner.unsigned(10);
  const transmit = flowOf(scanner);
  const collisions = scanner.unsigned(10);
  const carrier = scanner.unsigned(10);
  const sentCompressed = scanner.unsigned(10);
  // One that is no number makes the sum NaN.
  const sum = sumOfFlow(receive) + sumOfFlow(transmit) + frame + multicast + collisions + carrier;
  if (Number.isNaN(sum + receivedCompressed + sentCompressed) || !scanner.atLineEnd()) return undefined;
  return { device, receive, transmit, frame, multicast, collisions, carrier };
}

function flowOf(scanner: LineScanner): NetdevFlow {
  return {
    bytes: scanner.unsigned(10),
    packets: scanner.unsigned(10),
    errors: scanner.unsigned(10),
    dropped: scanner.unsigned(10),
    fifo: scanner.unsigned(10),
  };
}

function sumOfFlow({ bytes, packets, errors, dropped, fifo }: NetdevFlow): number {
  return bytes + packets + errors + dropped + fifo;
}
