/**
 * One TCP segment as it lies in its packet. One object is filled again and again; nothing of it, and none of
 * the bytes behind it, outlives the call that it is passed to.
 */
export interface Segment {
  /** Capture time in nanoseconds since `CaptureClock.baseSeconds`: exact in a double for 104 days. */
  nanos: number;
  ipVersion: 4 | 6;
  /** Tells apart the interfaces that one capture has packets of; 0 where it does not say. */
  interfaceId: number;
  /** An address as four numbers of 32 bits, the first the most significant; IPv4 is 0, 0, 0xffff, address. */
  source0: number;
  source1: number;
  source2: number;
  source3: number;
  destination0: number;
  destination1: number;
  destination2: number;
  destination3: number;
  sourcePort: number;
  destinationPort: number;
  sequence: number;
  acknowledgment: number;
  /** `TCP_FLAG`s. */
  flags: number;
  /** As in the header: not scaled. */
  window: number;
  /** The memory that holds the packet. The positions below count from its start. */
  bytes: Uint8Array;
  /** TCP options, as far as they were captured. */
  optionsStart: number;
  optionsEnd: number;
  payloadStart: number;
  /** On the wire. Link-layer padding is not payload. */
  payloadLength: number;
  /** How much of it is in `bytes`: less than `payloadLength` when the record was cut off at the capture's snaplen. */
  payloadCaptured: number;
}

export type OnSegment = (segment: Segment) => void;

/** The control bits of RFC 9293 and RFC 3168, as they lie in the header. */
export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

export function emptySegment(): Segment {
  return {
    nanos: 0,
    ipVersion: 4,
    interfaceId: 0,
    source0: 0,
    source1: 0,
    source2: 0,
    source3: 0,
    destination0: 0,
    destination1: 0,
    destination2: 0,
    destination3: 0,
    sourcePort: 0,
    destinationPort: 0,
    sequence: 0,
    acknowledgment: 0,
    flags: 0,
    window: 0,
    bytes: new Uint8Array(0),
    optionsStart: 0,
    optionsEnd: 0,
    payloadStart: 0,
    payloadLength: 0,
    payloadCaptured: 0,
  };
}
