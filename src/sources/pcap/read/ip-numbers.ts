/** https://www.iana.org/assignments/ieee-802-numbers; what carries IP, and what carries what carries IP. */
export const ETHER_TYPE = {
  ipv4: 0x0800,
  vlan: 0x8100,
  bridging: 0x6558,
  ipv6: 0x86dd,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  pppoeSession: 0x8864,
  /** 802.1ad, and what came before it. */
  serviceVlan: 0x88a8,
  oldServiceVlan: 0x9100,
  otherServiceVlan: 0x9200,
} as const;

/** https://www.iana.org/assignments/protocol-numbers; IPv6 extension headers are among them. */
export const PROTOCOL = {
  hopByHop: 0,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  gre: 47,
  authentication: 51,
  destinationOptions: 60,
  mobility: 135,
  hostIdentity: 139,
  shim6: 140,
} as const;

/** https://www.iana.org/assignments/ppp-numbers */
export const PPP_PROTOCOL = { ipv4: 0x0021, ipv6: 0x0057 } as const;
