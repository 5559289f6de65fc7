import { CaptureReader } from '../read/capture-reader.ts';
import { CAPTURE_END } from '../read/chunk-names.ts';
import type { ReadCounts } from '../read/read-counts.ts';
import type { TunnelConfig } from '../read/tunnel-layer.ts';
import type { Segment } from '../segment.ts';

/** A segment with a life of its own, in words that a test compares. */
export interface SeenSegment {
  readonly interfaceId: number;
  readonly nanos: number;
  readonly source: string;
  readonly destination: string;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: number;
  readonly window: number;
  readonly options: string;
  readonly payload: string;
  readonly payloadLength: number;
}

export interface ReadResult {
  readonly segments: readonly SeenSegment[];
  readonly problems: readonly string[];
  readonly counts: ReadCounts;
  readonly baseSeconds: number;
}

/** Reads a file given as pieces. Fails when what came in is not what came out and was passed over together. */
export function readAll(...pieces: readonly Uint8Array[]): ReadResult {
  return readAllWith({ tunnels: [], vxlan_ports: [4789] }, ...pieces);
}

export function readAllWith(config: TunnelConfig, ...pieces: readonly Uint8Array[]): ReadResult {
  const segments: SeenSegment[] = [];
  const problems: string[] = [];
  const reader = new CaptureReader(
    config,
    (segment) => segments.push(seen(segment)),
    (file, problem) => problems.push(`${file}: ${problem}`),
  );
  for (const bytes of pieces) if (bytes.length > 0) reader.push({ name: 'test.pcap', bytes });
  reader.push({ name: CAPTURE_END, bytes: new Uint8Array(0) });
  const { counts } = reader;
  const passedOver = Object.values(counts.allPassedOver()).reduce((sum, packets) => sum + packets, 0);
  if (counts.packets !== counts.segments + passedOver || counts.segments !== segments.length) {
    throw new Error(
      `${counts.packets} packets, but ${counts.segments} segments and ${passedOver} passed over`,
    );
  }
  return { segments, problems, counts, baseSeconds: reader.clock.baseSeconds };
}

function seen(segment: Segment): SeenSegment {
  const { bytes, payloadStart, payloadCaptured, optionsStart, optionsEnd } = segment;
  const text = (from: number, to: number, encoding: BufferEncoding) =>
    Buffer.from(bytes.subarray(from, to)).toString(encoding);
  return {
    interfaceId: segment.interfaceId,
    nanos: segment.nanos,
    source: `${addressText(segment, 'source')}:${segment.sourcePort}`,
    destination: `${addressText(segment, 'destination')}:${segment.destinationPort}`,
    sequence: segment.sequence,
    acknowledgment: segment.acknowledgment,
    flags: segment.flags,
    window: segment.window,
    options: text(optionsStart, optionsEnd, 'hex'),
    payload: text(payloadStart, payloadStart + payloadCaptured, 'latin1'),
    payloadLength: segment.payloadLength,
  };
}

/** In hexadecimal, so that no code under test writes it. */
function addressText(segment: Segment, side: 'source' | 'destination'): string {
  const words = ([0, 1, 2, 3] as const).map((index) => segment[`${side}${index}`]);
  return words.map((word) => word.toString(16)).join('.');
}
