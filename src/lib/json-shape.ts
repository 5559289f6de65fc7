/** A JSON text in UTF-8, parsed; `undefined`, which no JSON text gives, when it is not one. */
export function parseJsonBytes(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Whether a parsed JSON value is an object with keys, so neither null nor an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text as it is, anything else as no text. For JSON from outside, where a field may be anything. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A finite number as it is, anything else as 0. */
export function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
