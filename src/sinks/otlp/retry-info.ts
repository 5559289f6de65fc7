import { protobufFields } from '../../lib/protobuf-fields.ts';

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

/**
 * How long the receiver asks to wait, from the `grpc-status-details-bin` trailer: a `google.rpc.Status` (field 3
 * holds `Any` details) with a `google.rpc.RetryInfo` (field 1 is a Duration) in it. `undefined` when it does not
 * ask, or when the bytes are not what they should be: a receiver's mistake must not stop the sender.
 */
export function retryAfterMillis(statusDetails: Uint8Array): number | undefined {
  try {
    for (const { number, value } of protobufFields(statusDetails)) {
      if (number !== 3 || !(value instanceof Uint8Array)) continue;
      const delay = retryDelayOf(value);
      if (delay !== undefined) return delay;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}

function retryDelayOf(any: Uint8Array): number | undefined {
  const typeUrl = bytesField(any, 1);
  const retryInfo = bytesField(any, 2);
  if (typeUrl === undefined || new TextDecoder().decode(typeUrl) !== RETRY_INFO) return undefined;
  // A RetryInfo without a delay, and an empty Any, say "at once".
  const duration = retryInfo && bytesField(retryInfo, 1);
  if (duration === undefined) return 0;
  let millis = 0;
  for (const { number, value } of protobufFields(duration)) {
    if (typeof value === 'bigint') millis += Number(BigInt.asIntN(64, value)) * (number === 1 ? 1000 : 1e-6);
  }
  return Math.max(0, millis);
}

function bytesField(message: Uint8Array, wanted: number): Uint8Array | undefined {
  for (const { number, value } of protobufFields(message)) {
    if (number === wanted && value instanceof Uint8Array) return value;
  }
  return undefined;
}
