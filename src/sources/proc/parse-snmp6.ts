import { LineScanner } from '../../lib/line-scanner.ts';

/** One line of `net/snmp6`. The same object as long as the kernel writes the same name on that line. */
export interface Snmp6Name {
  /** `Ip6`, `Icmp6`, `Udp6`, `UdpLite6`. */
  readonly protocol: string;
  /** `InReceives`. */
  readonly field: string;
}

export interface ParsedSnmp6 {
  readonly names: readonly Snmp6Name[];
  /** As many as there are names. */
  readonly values: readonly number[];
  readonly malformed: number;
}

interface KnownName {
  readonly name: Snmp6Name;
  readonly bytes: Uint8Array;
}

const PROTOCOL_AND_FIELD = /^([A-Z][A-Za-z]*?6)([A-Z][A-Za-z0-9]*)$/;

/**
 * `net/snmp6` (kernel: `snmp6_seq_show`): a name, blanks and a number on each line. ICMP types appear once they were
 * seen (`Icmp6InType143`). As in `net/netstat`, names are read only where they differ from those before.
 */
export function snmp6Parser(): (bytes: Uint8Array) => ParsedSnmp6 {
  const known: (KnownName | undefined)[] = [];
  return (bytes) => {
    const scanner = new LineScanner(bytes);
    const names: Snmp6Name[] = [];
    const values: number[] = [];
    let malformed = 0;
    while (scanner.nextLine()) {
      const place = names.length;
      const name = knownName(scanner, known[place]) ?? newName(scanner);
      const value = scanner.integer();
      if (!name || Number.isNaN(value) || !scanner.atLineEnd()) {
        malformed++;
        continue;
      }
      known[place] = name;
      names.push(name.name);
      values.push(value);
    }
    return { names, values, malformed };
  };
}

function knownName(scanner: LineScanner, known: KnownName | undefined): KnownName | undefined {
  return known && scanner.take(known.bytes) ? known : undefined;
}

function newName(scanner: LineScanner): KnownName | undefined {
  const match = PROTOCOL_AND_FIELD.exec(scanner.word());
  // The blank behind it belongs to the remembered bytes: `Ip6InDiscards` must not pass for `Ip6InDiscardsNew`.
  return match && !scanner.atLineEnd()
    ? { name: { protocol: match[1], field: match[2] }, bytes: scanner.taken() }
    : undefined;
}
