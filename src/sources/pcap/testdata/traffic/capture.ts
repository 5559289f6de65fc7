import { ethernet, ipv4, ipv6, type Packet, pcapFile, tcp } from '../packets.ts';
import type { WireSegment } from './wire.ts';

/** The segments of one connection, and between whom. */
export interface Flow {
  readonly segments: readonly WireSegment[];
  readonly ipVersion: 4 | 6;
  readonly clientPort: number;
  readonly serverPort: number;
}

const START_SECONDS = 1_700_000_000;
const NANOS_PER_SECOND = 1e9;
const CLIENT = [192, 0, 2, 1];
const SERVER = [198, 51, 100, 2];

/** One capture of all flows, by time, with nanoseconds; `isCaptured` says which segments are in it. */
export function captureOf(
  flows: readonly Flow[],
  isCaptured: (segment: WireSegment) => boolean = () => true,
): Uint8Array {
  const packets = flows
    .flatMap((flow) => flow.segments.filter(isCaptured).map((segment) => ({ flow, segment })))
    .sort((a, b) => a.segment.nanos - b.segment.nanos)
    .map(({ flow, segment }) => packetOf(flow, segment));
  return pcapFile(packets);
}

function packetOf(flow: Flow, segment: WireSegment): Packet {
  const { fromClient, sequence, acknowledgment, flags, window, payload, nanos } = segment;
  const ports = [flow.clientPort, flow.serverPort];
  const [sourcePort, destinationPort] = fromClient ? ports : ports.reverse();
  const datagram = tcp({ sourcePort, destinationPort, sequence, acknowledgment, flags, window, payload });
  const seconds = Math.floor(nanos / NANOS_PER_SECOND);
  return {
    bytes: ethernet(flow.ipVersion === 4 ? overIpv4(datagram, fromClient) : overIpv6(datagram, fromClient)),
    time: [START_SECONDS + seconds, nanos - seconds * NANOS_PER_SECOND],
  };
}

function overIpv4(datagram: Uint8Array, fromClient: boolean): Uint8Array {
  if (fromClient) return ipv4(datagram, { source: CLIENT, destination: SERVER });
  return ipv4(datagram, { source: SERVER, destination: CLIENT });
}

function overIpv6(datagram: Uint8Array, fromClient: boolean): Uint8Array {
  return fromClient ? ipv6(datagram) : ipv6(datagram, { source: 2, destination: 1 });
}
