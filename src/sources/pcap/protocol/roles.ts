import { beginsWithFrames, isFromHttp2Client } from '../http2/frame.ts';
import type { Segment } from '../segment.ts';
import { recognizeClient, recognizeServer } from './recognize.ts';

/** Below it are the ports that servers have by assignment (RFC 6335). */
const FIRST_USER_PORT = 1024;

/**
 * Who is the client where the capture begins in the midst of a connection: 0: the segment's sender; 1: its receiver;
 * -1: its payload is not the beginning of anything known, and `guesses` is false. Content tells before ports do.
 */
export function clientOfFirst(segment: Segment, guesses: boolean): number {
  const { bytes, payloadStart, payloadCaptured, sourcePort, destinationPort } = segment;
  const end = payloadStart + payloadCaptured;
  if (payloadCaptured > 0) {
    if (isSome(recognizeClient(bytes, payloadStart, end))) return 0;
    if (isSome(recognizeServer(bytes, payloadStart, end))) return 1;
    if (beginsWithFrames(bytes, payloadStart, end)) {
      const isClient = isFromHttp2Client(bytes, payloadStart, end);
      if (isClient !== undefined) return isClient ? 0 : 1;
      return clientByPorts(sourcePort, destinationPort);
    }
  }
  return guesses ? clientByPorts(sourcePort, destinationPort) : -1;
}

function clientByPorts(sourcePort: number, destinationPort: number): number {
  if (sourcePort < FIRST_USER_PORT !== destinationPort < FIRST_USER_PORT) {
    return sourcePort < FIRST_USER_PORT ? 1 : 0;
  }
  // Clients get theirs from the upper range.
  return sourcePort < destinationPort ? 1 : 0;
}

function isSome(recognized: string): boolean {
  return recognized !== 'unknown' && recognized !== 'undecided';
}
