/** Why a packet gave no segment. The name is what a person sees, the number its place in `ReadCounts`. */
export const PASSED_OVER = {
  /** Neither IPv4 nor IPv6: ARP, LLDP, spanning tree. */
  not_ip: 0,
  /** UDP, ICMP, ESP and the like. */
  not_tcp: 1,
  /** A tunnel that the configuration does not name. */
  tunnel: 2,
  /** The record ends before the headers up to TCP do. */
  truncated_header: 3,
  /** A header contradicts itself: an IPv4 header shorter than 20 bytes, a TCP header longer than its packet. */
  malformed_header: 4,
  /** The capture's link type is none of those that can be read. */
  unknown_link_type: 5,
  /** Went into a packet that another fragment of it completed. */
  fragment_merged: 6,
  /** The rest of the IP packet did not come, or not in time. */
  fragment_incomplete: 7,
  /** Nothing in it was new. */
  fragment_duplicate: 8,
  /** More tunnels in tunnels than anybody builds. */
  nested_too_deep: 9,
} as const;

export type PassedOverReason = keyof typeof PASSED_OVER;

/**
 * How many packets were read and what became of them: `packets = segments + all passed over + fragmentsHeld`, at
 * any moment between two packets.
 */
export class ReadCounts {
  packets = 0;
  segments = 0;
  /** Fragments that wait for the rest of their IP packet. */
  fragmentsHeld = 0;
  /** Packets that the capturing host lost, by its own account: the kernel's drops, or what a pcapng file says. */
  captureDropped = 0;
  readonly #passedOver = new Float64Array(Object.keys(PASSED_OVER).length);

  passOver(reason: number, packets = 1): void {
    this.#passedOver[reason] += packets;
  }

  passedOver(reason: PassedOverReason): number {
    return this.#passedOver[PASSED_OVER[reason]];
  }

  /** By reason, only those that occurred. */
  allPassedOver(): Partial<Record<PassedOverReason, number>> {
    const entries = Object.entries(PASSED_OVER).map(([name, at]) => [name, this.#passedOver[at]] as const);
    return Object.fromEntries(entries.filter(([, packets]) => packets > 0));
  }
}
