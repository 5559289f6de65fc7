import { LineScanner } from '../../lib/line-scanner.ts';

export interface ParsedConntrack {
  readonly names: readonly string[];
  /** One row per CPU that could ever be there, in that order; as many numbers as there are names. */
  readonly rows: readonly (readonly number[])[];
  readonly malformed: number;
}

/**
 * `net/stat/nf_conntrack` (kernel: `ct_cpu_seq_show`): a line of names, then a line of hexadecimal u32 per CPU.
 * Columns came and went (`searched`, `clashres`), so a value is known by its name.
 */
export function parseConntrack(bytes: Uint8Array): ParsedConntrack {
  const scanner = new LineScanner(bytes);
  const names: string[] = [];
  const rows: (readonly number[])[] = [];
  let malformed = 0;
  if (scanner.nextLine()) while (!scanner.atLineEnd()) names.push(scanner.word());
  while (scanner.nextLine()) {
    const row: number[] = [];
    for (let value = scanner.unsigned(16); !Number.isNaN(value); value = scanner.unsigned(16))
      row.push(value);
    if (row.length === names.length && scanner.atLineEnd()) rows.push(row);
    else malformed++;
  }
  return { names, rows, malformed };
}
