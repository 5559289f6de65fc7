import { ipv4Text, ipv6Text } from '../../lib/ip-text.ts';
import { InternedTexts } from './interned-texts.ts';

/** The texts in records about sockets, each made once: addresses and names of threads. Code 0 is "there is none". */
export class SocketTexts {
  readonly #addresses = new InternedTexts((bytes, version) =>
    version === 4 ? ipv4Text(bytes) : ipv6Text(bytes),
  );
  readonly #threadNames = new InternedTexts(textUpToNul);

  /** Call before each batch. */
  begin(): void {
    this.#addresses.begin();
    this.#threadNames.begin();
  }

  /** Sixteen bytes, of which IPv4 uses the first four. 0.0.0.0 and :: say that there is none. */
  address(records: DataView, at: number, version: number): number {
    const a = records.getUint32(at, true);
    if (version === 4) return a === 0 ? 0 : this.#addresses.codeOf(a, 0, 0, 0, 4);
    const b = records.getUint32(at + 4, true);
    const c = records.getUint32(at + 8, true);
    const d = records.getUint32(at + 12, true);
    return (a | b | c | d) === 0 ? 0 : this.#addresses.codeOf(a, b, c, d, 6);
  }

  /** Sixteen bytes, NUL-terminated. */
  threadName(records: DataView, at: number): number {
    const a = records.getUint32(at, true);
    if ((a & 0xff) === 0) return 0;
    const b = records.getUint32(at + 4, true);
    const c = records.getUint32(at + 8, true);
    return this.#threadNames.codeOf(a, b, c, records.getUint32(at + 12, true), 0);
  }

  addressDictionary(): readonly string[] {
    return this.#addresses.dictionary();
  }

  threadNameDictionary(): readonly string[] {
    return this.#threadNames.dictionary();
  }
}

/** A thread's name may hold any byte but NUL; what is not UTF-8 becomes U+FFFD. */
function textUpToNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8');
}
