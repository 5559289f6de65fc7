/** One pair of lines of `net/netstat` or `net/snmp`: names and values of one protocol. */
interface MibTable {
  /** The word before the colon: `TcpExt`, `IpExt`, `MPTcpExt`, `Tcp`, `Udp`. */
  readonly protocol: string;
  readonly names: readonly string[];
  /** As many as there are names; `NaN` where the kernel wrote something that is not a whole number. */
  readonly values: readonly number[];
}

export interface ParsedNetstat {
  readonly tables: readonly MibTable[];
  /** Lines that belong to no pair, and values that are no number. */
  readonly malformed: number;
}

/**
 * `net/netstat` and `net/snmp` (kernel: `netstat_seq_show`, `snmp_seq_show`): a line of names and a line of values
 * per protocol, both beginning with the protocol. Columns come and go between kernels, so a value is known by its
 * name only; protocols come and go too (`MPTcpExt`, `IcmpMsg`). Values can be negative: `Tcp MaxConn` is −1.
 */
export function parseNetstat(text: string): ParsedNetstat {
  const lines = text.split('\n').filter((line) => line !== '');
  const tables: MibTable[] = [];
  let malformed = 0;
  let index = 0;
  while (index < lines.length) {
    const table = tableOf(lines[index], lines[index + 1]);
    if (!table) {
      malformed++;
      index++;
      continue;
    }
    malformed += table.values.reduce((bad, value) => (Number.isNaN(value) ? bad + 1 : bad), 0);
    tables.push(table);
    index += 2;
  }
  return { tables, malformed };
}

function tableOf(head: string, body: string | undefined): MibTable | undefined {
  const colon = head.indexOf(': ');
  if (colon <= 0 || !body?.startsWith(head.slice(0, colon + 2))) return undefined;
  const names = head.slice(colon + 2).split(' ');
  const values = body
    .slice(colon + 2)
    .split(' ')
    .map(integerOf);
  return names.length === values.length ? { protocol: head.slice(0, colon), names, values } : undefined;
}

function integerOf(text: string): number {
  return /^-?\d{1,20}$/.test(text) ? Number(text) : Number.NaN;
}
