import { protobufFields, readVarint } from '../../../lib/protobuf-fields.ts';

/** The fields of a message by number. A field that is not there has its type's default, as in proto3. */
export class Message {
  readonly #fields = new Map<number, (bigint | Uint8Array)[]>();

  constructor(bytes: Uint8Array) {
    for (const { number, value } of protobufFields(bytes)) {
      const values = this.#fields.get(number);
      if (values) values.push(value);
      else this.#fields.set(number, [value]);
    }
  }

  has(number: number): boolean {
    return this.#fields.has(number);
  }

  text(number: number): string {
    const value = this.#last(number);
    return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : '';
  }

  /** int64, uint64, enum. */
  integer(number: number): number {
    const value = this.#last(number);
    return typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : 0;
  }

  /** sint32, sint64: zigzag. */
  signed(number: number): number {
    const value = this.#last(number);
    return typeof value === 'bigint' ? zigzag(value) : 0;
  }

  double(number: number): number {
    const value = this.#last(number);
    return value instanceof Uint8Array && value.length === 8 ? doubleAt(value) : 0;
  }

  messages(number: number): readonly Uint8Array[] {
    return (this.#fields.get(number) ?? []).filter((value) => value instanceof Uint8Array);
  }

  /** Repeated sint64, packed or not. */
  signedList(number: number): readonly number[] {
    const list: number[] = [];
    for (const value of this.#fields.get(number) ?? []) {
      if (typeof value === 'bigint') list.push(zigzag(value));
      else {
        for (let at = 0; at < value.length; ) {
          const varint = readVarint(value, at);
          list.push(zigzag(varint.value));
          at = varint.next;
        }
      }
    }
    return list;
  }

  #last(number: number): bigint | Uint8Array | undefined {
    return this.#fields.get(number)?.at(-1);
  }
}

function doubleAt(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
}

/** 0, 1, 2, 3, … stand for 0, −1, 1, −2, … */
function zigzag(value: bigint): number {
  return Number((value >> 1n) ^ -(value & 1n));
}
