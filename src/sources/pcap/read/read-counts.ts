/** Why a packet gave no segment. The name is what a person sees, the number its place in `ReadCounts`. */
export const PASSED_OVER = {
  /** Neither IPv4 nor IPv6: ARP, LLDP, spanning tree. */
  not_ip: 0,
  /** UDP, ICMP and the like. */
  not_tcp: 1,
  /** The record ends before the headers up to TCP do. */
  truncated_header: 2,
  /** A header contradicts itself: an IPv4 header shorter than 20 bytes, a TCP header longer than its packet. */
  malformed_header: 3,
  /** The capture's link type is none of those that can be read. */
  unknown_link_type: 4,
} as const;

export type PassedOverReason = keyof typeof PASSED_OVER;

/** How many packets were read and what became of them: `packets = segments + all passed over`. */
export class ReadCounts {
  packets = 0;
  segments = 0;
  readonly #passedOver = new Float64Array(Object.keys(PASSED_OVER).length);

  passOver(reason: number): void {
    this.#passedOver[reason]++;
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
