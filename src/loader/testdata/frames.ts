import { FRAME_MAGIC, FRAME_VERSION, HEADER_BYTES } from '../frame-header.ts';

/** A frame as the loader writes it. */
export function frameBytes(type: number, count: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, FRAME_MAGIC, true);
  view.setUint16(4, FRAME_VERSION, true);
  view.setUint16(6, type, true);
  view.setUint32(8, payload.length, true);
  view.setUint32(12, count, true);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

export function jsonFrame(type: number, value: unknown): Uint8Array {
  return frameBytes(type, 1, Buffer.from(JSON.stringify(value)));
}
