/**
 * One field of an encoded protobuf message (protobuf.dev/programming-guides/encoding): its number, and its value as
 * the wire carries it. A varint is a bigint; everything else is its bytes, which only the message's definition can
 * tell apart (a string, a nested message, packed numbers, a fixed32 or fixed64 in little-endian order).
 */
export interface ProtobufField {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

/** The fields in the order in which they were written. Throws a RangeError when the bytes are not a message. */
export function* protobufFields(bytes: Uint8Array): Generator<ProtobufField> {
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length)
      throw new RangeError(`message ends ${at + length - bytes.length} B early`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  const varint = (): bigint => {
    const { value, next } = readVarint(bytes, at);
    at = next;
    return value;
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        yield { number, value: take(8) };
        break;
      case 2:
        yield { number, value: take(Number(varint())) };
        break;
      case 5:
        yield { number, value: take(4) };
        break;
      default:
        throw new RangeError(`wire type ${tag % 8} at byte ${at}`);
    }
  }
}

/** Seven bits per byte, lowest first, the top bit set on all bytes but the last. */
export function readVarint(bytes: Uint8Array, start: number): { value: bigint; next: number } {
  let value = 0n;
  for (let at = start, shift = 0n; at < bytes.length && shift < 70n; at++, shift += 7n) {
    value |= BigInt(bytes[at] & 0x7f) << shift;
    if (bytes[at] < 0x80) return { value, next: at + 1 };
  }
  throw new RangeError(`no varint ends after byte ${start}`);
}
