import { TCP_FLAG } from '../segment.ts';

/** Packets and capture files, built layer by layer: `ethernet(ipv4(tcp({ payload: 'GET' })))`. */

export interface TcpFields {
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly sequence?: number;
  readonly acknowledgment?: number;
  readonly flags?: number;
  readonly window?: number;
  readonly options?: Uint8Array;
  readonly payload?: string | Uint8Array;
}

/** The checksum is left 0: nobody checks it. */
export function tcp(fields: TcpFields = {}): Uint8Array {
  const options = fields.options ?? new Uint8Array(0);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(fields.sourcePort ?? 40_000, 0);
  header.writeUInt16BE(fields.destinationPort ?? 80, 2);
  header.writeUInt32BE(fields.sequence ?? 1000, 4);
  header.writeUInt32BE(fields.acknowledgment ?? 2000, 8);
  header[12] = ((20 + options.length) / 4) << 4;
  header[13] = fields.flags ?? TCP_FLAG.psh | TCP_FLAG.ack;
  header.writeUInt16BE(fields.window ?? 512, 14);
  return Buffer.concat([header, options, Buffer.from(fields.payload ?? '')]);
}

export interface Ipv4Fields {
  readonly source?: readonly number[];
  readonly destination?: readonly number[];
  readonly protocol?: number;
  readonly totalLength?: number;
  readonly identification?: number;
  /** Flags and offset as they lie in the header: 0x2000 is "more fragments", the rest counts 8 bytes. */
  readonly fragment?: number;
  readonly options?: Uint8Array;
}

export function ipv4(payload: Uint8Array, fields: Ipv4Fields = {}): Uint8Array {
  const options = fields.options ?? new Uint8Array(0);
  const header = Buffer.alloc(20);
  header[0] = 0x40 | ((20 + options.length) / 4);
  header.writeUInt16BE(fields.totalLength ?? 20 + options.length + payload.length, 2);
  header.writeUInt16BE(fields.identification ?? 0, 4);
  header.writeUInt16BE(fields.fragment ?? 0, 6);
  header[8] = 64;
  header[9] = fields.protocol ?? 6;
  header.set(fields.source ?? [192, 0, 2, 1], 12);
  header.set(fields.destination ?? [198, 51, 100, 2], 16);
  return Buffer.concat([header, options, payload]);
}

export interface Ipv6Fields {
  readonly nextHeader?: number;
  readonly payloadLength?: number;
  /** The last byte of 2001:db8::1 and 2001:db8::2. */
  readonly source?: number;
  readonly destination?: number;
}

/** From 2001:db8::1 to 2001:db8::2, unless told otherwise. */
export function ipv6(payload: Uint8Array, fields: Ipv6Fields = {}): Uint8Array {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(fields.payloadLength ?? payload.length, 4);
  header[6] = fields.nextHeader ?? 6;
  header[7] = 64;
  for (const [at, last] of [
    [8, fields.source ?? 1],
    [24, fields.destination ?? 2],
  ]) {
    header.writeUInt32BE(0x20010db8, at);
    header[at + 15] = last;
  }
  return Buffer.concat([header, payload]);
}

export function ethernet(payload: Uint8Array, etherType = (payload[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800) {
  const header = Buffer.alloc(14, 2);
  header.writeUInt16BE(etherType, 12);
  return Buffer.concat([header, payload]);
}

export interface Packet {
  readonly bytes: Uint8Array;
  /** Seconds and nanoseconds. */
  readonly time?: readonly [number, number];
  /** The record holds so many bytes of it. */
  readonly captured?: number;
}

export interface PcapFields {
  readonly littleEndian?: boolean;
  readonly magic?: number;
  readonly linkType?: number;
  readonly snaplen?: number;
}

export function pcapFile(packets: readonly Packet[], fields: PcapFields = {}): Uint8Array {
  const { littleEndian = true, magic = 0xa1b23c4d, linkType = 1, snaplen = 262_144 } = fields;
  const nanosPerUnit = magic === 0xa1b23c4d ? 1 : 1000;
  const words = (...values: number[]) => {
    const view = new DataView(new ArrayBuffer(values.length * 4));
    for (const [index, value] of values.entries()) view.setUint32(index * 4, value, littleEndian);
    return new Uint8Array(view.buffer);
  };
  const version = littleEndian ? 0x0004_0002 : 0x0002_0004;
  const records = packets.flatMap(({ bytes, time = [1_700_000_000, 0], captured = bytes.length }) => [
    words(time[0], Math.floor(time[1] / nanosPerUnit), captured, bytes.length),
    bytes.subarray(0, captured),
  ]);
  return Buffer.concat([words(magic, version, 0, 0, snaplen, linkType), ...records]);
}

/** An option of a pcapng block, padded to 32 bits. */
export function option(code: number, value: Uint8Array, littleEndian = true): Uint8Array {
  const padded = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  const view = new DataView(padded.buffer, padded.byteOffset);
  view.setUint16(0, code, littleEndian);
  view.setUint16(2, value.length, littleEndian);
  padded.set(value, 4);
  return padded;
}

export interface BlockExtras {
  readonly littleEndian?: boolean;
  readonly data?: Uint8Array;
  readonly options?: readonly Uint8Array[];
}

/** A pcapng block: fields as [bytes each, value], and whatever follows them, padded to 32 bits. */
export function block(
  type: number,
  fields: readonly (readonly [2 | 4 | 8, number | bigint])[],
  { littleEndian = true, data = new Uint8Array(0), options = [] }: BlockExtras = {},
): Uint8Array {
  const fixed = fields.reduce((sum, [bytes]) => sum + bytes, 0);
  const dataLength = Math.ceil(data.length / 4) * 4;
  const optionBytes = Buffer.concat(options);
  const length = 12 + fixed + dataLength + optionBytes.length;
  const result = Buffer.alloc(length);
  const view = new DataView(result.buffer, result.byteOffset, length);
  view.setUint32(0, type, littleEndian);
  view.setUint32(4, length, littleEndian);
  view.setUint32(length - 4, length, littleEndian);
  let at = 8;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, Number(value), littleEndian);
    else if (bytes === 4) view.setUint32(at, Number(value), littleEndian);
    else view.setBigUint64(at, BigInt(value), littleEndian);
    at += bytes;
  }
  result.set(data, at);
  result.set(optionBytes, at + dataLength);
  return result;
}
