import { LineScanner } from '../../lib/line-scanner.ts';

/** The line of names of one protocol. The same object as long as the kernel writes the same line. */
export interface MibHead {
  /** The word before the colon: `TcpExt`, `IpExt`, `MPTcpExt`, `Tcp`, `Udp`. */
  readonly protocol: string;
  readonly names: readonly string[];
}

/** One pair of lines of `net/netstat` or `net/snmp`: names and values of one protocol. */
interface MibTable {
  readonly head: MibHead;
  /** As many as there are names; `NaN` where the kernel wrote something that is not a whole number. */
  readonly values: readonly number[];
}

export interface ParsedNetstat {
  readonly tables: readonly MibTable[];
  /** Lines that belong to no pair, and values that are no number. */
  readonly malformed: number;
}

interface KnownHead {
  readonly head: MibHead;
  readonly line: Uint8Array;
  /** `TcpExt: `, with which the line of values begins as well. */
  readonly prefix: Uint8Array;
}

const COLON = 58;

/**
 * `net/netstat` and `net/snmp` (kernel: `netstat_seq_show`, `snmp_seq_show`): a line of names and a line of values
 * per protocol, both beginning with the protocol. Columns come and go between kernels, so a value is known by its
 * name only; protocols come and go too (`MPTcpExt`, `IcmpMsg`). Values can be negative: `Tcp MaxConn` is −1.
 *
 * The names are most of the text and hardly ever change, so the parser remembers the lines and reads a line of names
 * only when it differs from the one that was there before.
 */
export function netstatParser(): (bytes: Uint8Array) => ParsedNetstat {
  const known: (KnownHead | undefined)[] = [];
  return (bytes) => {
    const scanner = new LineScanner(bytes);
    const tables: MibTable[] = [];
    let malformed = 0;
    let hasLine = scanner.nextLine();
    while (hasLine) {
      const place = tables.length;
      const head = knownHead(scanner, known[place]) ?? newHead(scanner);
      hasLine = scanner.nextLine();
      const values = head && hasLine ? valuesOf(scanner, head) : undefined;
      if (!head || !values) {
        // The second line of a broken pair can be the first one of the next.
        malformed++;
        scanner.rewind();
        continue;
      }
      known[place] = head;
      tables.push({ head: head.head, values });
      for (const value of values) if (Number.isNaN(value)) malformed++;
      hasLine = scanner.nextLine();
    }
    return { tables, malformed };
  };
}

function knownHead(scanner: LineScanner, known: KnownHead | undefined): KnownHead | undefined {
  if (known && scanner.take(known.line) && scanner.atLineEnd()) return known;
  scanner.rewind();
  return undefined;
}

function newHead(scanner: LineScanner): KnownHead | undefined {
  const protocol = scanner.until(COLON);
  if (protocol === undefined || protocol === '' || protocol.includes(' ')) return undefined;
  const prefix = scanner.taken();
  const names: string[] = [];
  while (!scanner.atLineEnd()) names.push(scanner.word());
  return names.length > 0 ? { head: { protocol, names }, line: scanner.taken(), prefix } : undefined;
}

function valuesOf(scanner: LineScanner, { head, prefix }: KnownHead): readonly number[] | undefined {
  if (!scanner.take(prefix)) return undefined;
  const values: number[] = [];
  while (!scanner.atLineEnd()) values.push(scanner.integer());
  return values.length === head.names.length ? values : undefined;
}
