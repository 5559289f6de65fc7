import type { OnSegment } from '../segment.ts';
import { IpLayer } from './ip-layer.ts';
import { LinkLayer } from './link-layer.ts';
import { Packet } from './packet.ts';
import type { ReadCounts } from './read-counts.ts';
import { TcpLayer } from './tcp-layer.ts';
import { type TunnelConfig, TunnelLayer } from './tunnel-layer.ts';

/** One packet to at most one segment. Every packet ends in exactly one of the counts. */
export class PacketDecoder {
  readonly #counts: ReadCounts;
  readonly #packet = new Packet();
  readonly #link: LinkLayer;
  readonly #ip: IpLayer;

  constructor(config: TunnelConfig, counts: ReadCounts, onSegment: OnSegment) {
    this.#counts = counts;
    const tcp = new TcpLayer(this.#packet, counts, onSegment);
    const tunnels = new TunnelLayer(this.#packet, counts, config);
    this.#ip = new IpLayer(this.#packet, counts, tcp, tunnels);
    this.#link = new LinkLayer(this.#packet, counts, this.#ip);
    tunnels.carry(this.#link);
  }

  /** The memory that the next packets lie in; `view` is of exactly `bytes`. */
  within(bytes: Uint8Array, view: DataView, littleEndian: boolean): void {
    this.#packet.within(bytes, view);
    this.#packet.littleEndian = littleEndian;
  }

  /** `nanos` counts from the capture clock's base, `wireLength` is what there was before the record was cut off. */
  packet(
    start: number,
    captured: number,
    wireLength: number,
    linkType: number,
    nanos: number,
    interfaceId: number,
  ): void {
    const packet = this.#packet;
    this.#counts.packets++;
    packet.nanos = nanos;
    packet.interfaceId = interfaceId;
    packet.end = start + captured;
    packet.wireEnd = start + Math.max(wireLength, captured);
    packet.depth = 0;
    this.#link.link(linkType, start);
  }

  /** Nothing more comes. */
  end(): void {
    this.#ip.end();
  }
}
