/** Why a packet gave no segment. The name is what a person sees, the number its place in `ReadCounts`. */
export const PASSED_OVER = {
  not_ip: 0,
  not_tcp: 1,
  tunnel: 2,
  truncated_header: 3,
  malformed_header: 4,
  unknown_link_type: 5,
  fragment_merged: 6,
  fragment_incomplete: 7,
  fragment_duplicate: 8,
  nested_too_deep: 9,
} as const;

export type PassedOverReason = keyof typeof PASSED_OVER;

export const PASSED_OVER_MEANING: Readonly<Record<PassedOverReason, string>> = {
  not_ip: 'neither IPv4 nor IPv6: ARP, LLDP, spanning tree',
  not_tcp: 'UDP, ICMP, ESP and the like',
  tunnel: 'a tunnel that `tunnels` does not name',
  truncated_header: 'the record was cut off before the end of the headers up to TCP',
  malformed_header: 'a header that contradicts itself or its packet',
  unknown_link_type: 'the link type of the capture is none of those above',
  fragment_merged: 'a fragment that another one completed; that one counts as the segment',
  fragment_incomplete:
    'a fragment of an IP packet whose rest did not come within 30 s, or for which there was no room',
  fragment_duplicate: 'a fragment with nothing new in it',
  nested_too_deep: 'more than eight tunnels in each other',
};

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
