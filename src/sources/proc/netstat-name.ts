/** `MPTcpExt` would read `mp_tcp_ext` by the rules below. */
const PROTOCOL_NAMES: Readonly<Record<string, string>> = { MPTcpExt: 'mptcp_ext' };

/**
 * The metric's name for a field of `net/netstat` or `net/snmp`: `TcpExt ListenOverflows` is
 * `lagpipe.netstat.tcp_ext.listen_overflows`. TcpExt repeats `TCP` in most of its names; that is left out, which
 * keeps `TcpExt TCPSACKDiscard` readable: `lagpipe.netstat.tcp_ext.sack_discard`.
 */
export function netstatMetricName(protocol: string, field: string): string {
  const shortField = protocol === 'TcpExt' ? field.replace(/^(?:TCP|Tcp)(?=.)/, '') : field;
  return `lagpipe.netstat.${PROTOCOL_NAMES[protocol] ?? snakeCase(protocol)}.${snakeCase(shortField)}`;
}

/** `ReqQFullDrop` → `req_q_full_drop`, `DelayedACKs` → `delayed_acks`, `InECT1Pkts` → `in_ect1_pkts`. */
function snakeCase(text: string): string {
  return text
    .replace(/[A-Z]{2,}s(?![a-z])/g, (plural) => `${plural[0]}${plural.slice(1).toLowerCase()}`)
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
