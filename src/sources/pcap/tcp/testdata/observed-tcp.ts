import { emptySegment, type Segment, TCP_FLAG } from '../../segment.ts';
import { type ConnectionObserver, TcpAnalyzer, type TcpLimits } from '../analyzer.ts';
import { connectionState, historyText } from '../history.ts';
import type { CloseReason } from '../segment-counts.ts';
import type { ConnectionEnd } from '../stream.ts';
import { RecordingStream } from './recording-stream.ts';

const MILLI = 1e6;
/** Initial sequence numbers, near the wrap-around, so that every test crosses it. */
export const CLIENT_ISN = 0xffff_fff0;
export const SERVER_ISN = 0x7fff_fff0;

export interface Sent {
  readonly from?: 'client' | 'server';
  readonly flags?: string;
  /** Relative to the sender's initial sequence number. */
  readonly seq?: number;
  /** Relative to the receiver's; absent: no ACK. */
  readonly ack?: number;
  readonly payload?: string;
  /** Bytes of it in the capture. */
  readonly captured?: number;
  readonly window?: number;
  /** As `Segment.interfaceId`. */
  readonly on?: number;
  /** Milliseconds after the one before it; 1 unless given. */
  readonly after?: number;
  readonly clientPort?: number;
  /** Added to the sender's initial sequence number: a later connection with the same ports. */
  readonly isn?: number;
}

const DEFAULT_LIMITS: TcpLimits = {
  maxConnections: 1000,
  idleNanos: 3600e9,
  reassemblyBytesPerDirection: 64 * 1024,
  reassemblyBytes: 1024 * 1024,
};

/** A TCP analyzer whose streams and connections are written down, and whose sums are checked at the end. */
export class ObservedTcp implements ConnectionObserver {
  readonly tcp: TcpAnalyzer;
  /** Reason, who, Zeek's state and history: `fin client SF ShADadFf`. */
  readonly ended: string[] = [];
  readonly streams: RecordingStream[] = [];
  /** As `ConnectionObserver.pickUp`. */
  pickUpAs = -1;
  #nanos = 0;

  constructor(limits: Partial<TcpLimits> = {}) {
    this.tcp = new TcpAnalyzer({ ...DEFAULT_LIMITS, ...limits }, this);
  }

  get calls(): readonly string[] {
    return this.streams.flatMap(({ calls }) => calls);
  }

  streamOf(): RecordingStream {
    const stream = new RecordingStream();
    this.streams.push(stream);
    return stream;
  }

  pickUp(): number {
    return this.pickUpAs;
  }

  closed(
    slot: number,
    _nanos: number,
    reason: CloseReason,
    _how: ConnectionEnd,
    byClient: boolean | undefined,
  ): void {
    const { table } = this.tcp;
    const by = byClient === undefined ? '' : byClient ? ' client' : ' server';
    this.ended.push(`${reason}${by} ${connectionState(table, slot)} ${historyText(table, slot)}`);
  }

  send(...segments: readonly Sent[]): this {
    for (const sent of segments) {
      this.#nanos += (sent.after ?? 1) * MILLI;
      this.tcp.take(segmentOf(sent, this.#nanos));
      this.#checkSums();
    }
    return this;
  }

  /** SYN, SYN/ACK, ACK. */
  handshake(): this {
    return this.send({ flags: 'S' }, { from: 'server', flags: 'S', ack: 1 }, { seq: 1, ack: 1 });
  }

  end(): this {
    this.tcp.end();
    this.#checkSums();
    return this;
  }

  #checkSums(): void {
    const { counts, delivery, openConnections } = this.tcp;
    const segments =
      counts.ofConnections + counts.afterClose + counts.noConnection + counts.badFlags + counts.copies;
    const payload =
      counts.delivered +
      counts.notCaptured +
      counts.retransmitted +
      counts.outOfWindow +
      counts.afterCloseBytes +
      counts.noConnectionBytes +
      counts.badFlagsBytes +
      counts.copiedBytes +
      delivery.held.payloadBytes;
    const ended = Object.values(counts.ended).reduce((sum, count) => sum + count, 0);
    if (segments !== counts.segments)
      throw new Error(`${counts.segments} segments, ${segments} accounted for`);
    if (payload !== counts.payloadBytes) {
      throw new Error(`${counts.payloadBytes} bytes, ${payload} accounted for`);
    }
    if (counts.opened !== ended + openConnections) {
      throw new Error(`${counts.opened} opened, ${ended} ended and ${openConnections} open`);
    }
  }
}

const FLAGS: Readonly<Record<string, number>> = { S: TCP_FLAG.syn, F: TCP_FLAG.fin, R: TCP_FLAG.rst };

export function segmentOf(sent: Sent, nanos: number): Segment {
  const { from = 'client', flags = '', seq = 0, ack, payload = '', clientPort = 40_000, isn = 0 } = sent;
  const isClient = from === 'client';
  const bytes = new TextEncoder().encode(payload);
  let bits = ack === undefined ? 0 : TCP_FLAG.ack;
  for (const flag of flags) bits |= FLAGS[flag];
  return {
    ...emptySegment(),
    nanos,
    source2: 0xffff,
    destination2: 0xffff,
    source3: isClient ? 0xc000_0201 : 0xc633_6402,
    destination3: isClient ? 0xc633_6402 : 0xc000_0201,
    sourcePort: isClient ? clientPort : 80,
    destinationPort: isClient ? 80 : clientPort,
    sequence: ((isClient ? CLIENT_ISN : SERVER_ISN) + isn + seq) >>> 0,
    acknowledgment: ack === undefined ? 0 : ((isClient ? SERVER_ISN : CLIENT_ISN) + isn + ack) >>> 0,
    flags: bits,
    window: sent.window ?? 512,
    interfaceId: sent.on ?? 0,
    bytes,
    payloadLength: bytes.length,
    payloadCaptured: sent.captured ?? bytes.length,
  };
}
